"""Lines that no knowledge base should answer, written for this project.

They are the shipped counter-examples of the engine: what is nearer to one of these than to an
entry is talk, not a question for the knowledge base. Add a line when the bot barged in somewhere.
"""

TALK_DE = """
Hallo
Hi
Hey
Moin
Servus
Guten Tag
Guten Morgen
Guten Abend
Wie gehts
Wie geht es dir
Lol
Haha
Alles klar
Gern geschehen
Servus zusammen
Danke
Vielen Dank
Bitte sehr
Tschüss
Ok
Ja
Nein
Super
Hallo zusammen
Guten Morgen in die Runde
Moin moin
Servus und einen schönen Tag
Guten Abend allerseits
Tschüss, bis morgen
Schönes Wochenende euch allen
Bis später
Gute Nacht
Danke schön
Vielen Dank für die schnelle Hilfe
Super, danke dir
Das war sehr hilfreich, danke
Alles klar, verstanden
Okay, mache ich
Ja genau
Nein, lieber nicht
Das stimmt so nicht
Sehe ich auch so
Keine Ahnung
Bin mir nicht sicher
Haha, sehr lustig
Na toll
Das ist ja großartig
Wie schade
Herzlichen Glückwunsch
Alles Gute zum Geburtstag
Gute Besserung
Frohe Weihnachten und einen guten Rutsch
Entschuldigung, das war ein Versehen
Falscher Chat, sorry
Test
Hört ihr mich?
Ich bin gleich wieder da
Ich komme etwas später
Ich kann heute leider nicht dabei sein
Wer kommt heute Abend noch mit?
Treffen wir uns am Eingang?
Wo seid ihr gerade?
Wer hat den Schlüssel für den Sitzungsraum?
Kann jemand das Protokoll schreiben?
Kannst du mich bitte zurückrufen?
Hast du meine Mail bekommen?
Ich schicke dir die Unterlagen gleich
Der Termin morgen fällt aus
Ich habe den Link gerade herumgeschickt
Das besprechen wir am Montag im Team
Die Präsentation lädt bei mir nicht
Meine Kamera funktioniert heute nicht
Ich stehe im Stau
Der Zug hat mal wieder Verspätung
Das Mittagessen war sehr lecker
Was gibt es heute in der Kantine?
Wer möchte einen Kaffee?
Die Veranstaltung gestern hat mir gut gefallen
Der Vortrag war wirklich spannend
Das Treffen war eine gute Gelegenheit zum Austausch
Wir waren letzte Woche auch dort
Tolle Arbeit, weiter so
Wir haben heute den Antrag abgeschickt
Bei uns hat das alles viel zu lange gedauert
Das dauert mir zu lange
So ein Unsinn
Du nervst
Halt den Mund
Du bist dumm
Was bist du für ein blöder Bot
Du bist toll
Ich mag dich
Ich liebe dich
Willst du mich heiraten?
Hast du eine Freundin?
Wie geht es dir?
Was machst du gerade?
Was machst du in deiner Freizeit?
Wie heißt du?
Wie alt bist du?
Wer hat dich gebaut?
Wo wohnst du?
Hast du Gefühle?
Kannst du denken?
Träumst du manchmal?
Schläfst du auch mal?
Was isst du gerne?
Magst du Musik?
Was ist deine Lieblingsfarbe?
Hast du Geschwister?
Hast du ein Haustier?
Sprichst du Französisch?
Bist du ein Mann oder eine Frau?
Bist du klüger als ich?
Bist du glücklich?
Glaubst du an Gott?
Erzähl mir einen Witz
Sing mir ein Lied
Erzähl mir eine Geschichte
Kannst du kochen?
Mir ist langweilig
Ich bin müde
Ich bin traurig
Ich habe Hunger
Ich verstehe dich nicht
Du verstehst mich nicht
Lass mich in Ruhe
Was hältst du von Politikern?
Wen würdest du wählen?
Was ist der Sinn von allem?
Wird die Welt untergehen?
Wie wird das Wetter morgen?
Regnet es heute noch?
Wie spät ist es?
Welcher Tag ist heute?
Wer hat das Spiel gestern gewonnen?
Wann spielt Bayern München?
Wie koche ich Spaghetti Carbonara?
Was läuft heute im Fernsehen?
Wie hoch ist der Mount Everest?
Wer hat Amerika entdeckt?
Wie viele Einwohner hat Japan?
In welchem Jahr endete der Zweite Weltkrieg?
Wie heißt die Hauptstadt von Australien?
Welche Sprache spricht man in Brasilien?
Wer schrieb den Roman Der Zauberberg?
Wie weit ist der Mond von der Erde entfernt?
Welches Metall ist bei Raumtemperatur flüssig?
Wie behandle ich einen Sonnenbrand?
Wo kann ich günstig ein Auto mieten?
Buche mir ein Hotel in Rom
Bestell mir eine Pizza
Spiel meine Lieblingsmusik
Stell den Wecker auf sieben Uhr
Rechne mir 17 mal 23 aus
Übersetze das ins Englische
Schreib mir ein Gedicht
Die Regierung macht doch, was sie will
Die Medien berichten nie darüber
Unsere Politiker haben völlig versagt
Diese Partei gehört verboten
Das glaubt doch kein Mensch mehr
Früher war alles besser
Die Leute werden immer unfreundlicher
Gestern im Stadion war eine großartige Stimmung
Schon wieder eine Talkshow mit denselben Gästen
Ich schaue gerade einen Film mit meinen Kindern
Heute scheint endlich wieder die Sonne
Mein Hund hat das Sofa zerbissen
Wir fahren im Sommer nach Italien
"""

TALK_EN = """
Hello
Bye
Thanks
Yes
No
Great
Hello everyone
Good morning all
Hi there
Goodbye, see you tomorrow
Have a nice weekend
Good night
Thank you so much
Thanks, that helped a lot
Okay, got it
Yes exactly
No, not really
I agree with you
I don't know
That's funny
That is awesome
Too bad
Congratulations
Happy birthday
Get well soon
Sorry, wrong chat
Can you hear me?
I will be right back
I'm running late
I can't make it today
Who is joining us for lunch?
Where are you right now?
Did you get my email?
I'll send you the slides later
My microphone is broken again
The conference was really great
That talk was interesting
Great job, keep it up
This is taking far too long
What nonsense
You are annoying
Shut up
You are stupid
You're the best
I love you
Will you marry me?
Do you have a girlfriend?
How are you?
How do you feel today?
What are you doing?
What's up?
What is your name?
How old are you?
Who created you?
Where do you live?
Do you have feelings?
Can you think?
Do you sleep at night?
Do you like music?
What is your favourite colour?
Do you have brothers or sisters?
What do you eat?
Do you speak Spanish?
Are you a man or a woman?
Are you smarter than me?
Are you happy?
Do you believe in God?
Tell me a joke
Sing me a song
Tell me a story
I am bored
I feel sad
I am hungry
You don't understand me
Leave me alone
What do you think about politics?
Who would you vote for?
Will robots rule the world?
What will the weather be like tomorrow?
What time is it?
Who won the match last night?
How do I cook pasta?
What's on television tonight?
How high is Mount Everest?
Who discovered America?
How many people live in Japan?
Who wrote Hamlet?
How far away is the moon?
What is the best phone to buy?
Find me a cheap flight to London
Order a pizza for me
Play my favourite song
Set an alarm for seven o'clock
What is seventeen times twenty-three?
Write me a poem
Who is the richest person alive?
How do I fix a flat tyre?
What's the stock price of that company?
When does the next season come out?
"""

TALK: tuple[str, ...] = tuple((TALK_DE + TALK_EN).strip().replace("\n\n", "\n").split("\n"))
