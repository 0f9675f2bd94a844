"""Lines that no knowledge base should answer, written for this project.

They are the shipped counter-examples of the engine: what is nearer to one of these than to an
entry is talk, not a question for the knowledge base. Add a line when the bot barged in somewhere.
One long file on purpose: it is a list.
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
Passt
Geht klar
Läuft
Machen wir so
Einverstanden
Klingt gut
Bin dabei
Ich auch
Mir egal
Von mir aus gern
Wird gemacht
Sehr gut
Prima
Perfekt
Schon erledigt
Genau das meinte ich
Ach so, jetzt verstehe ich es
Das reicht mir schon
Mehr brauche ich nicht, danke
Danke, hat sich erledigt
Danke, ich habe es gefunden
Lieben Dank euch
Kein Problem
Keine Ursache
Nichts für ungut
Nein danke
Weiß ich nicht
Weiß jemand, was er meint?
Interessiert mich nicht
Das wusste ich schon
Das ist falsch
Das stimmt doch gar nicht
Das habe ich nicht gefragt
Nochmal bitte
Moment mal
Warte kurz
Willkommen in der Gruppe
Schön, dass du da bist
Ich stelle mich kurz vor
Stell dich doch mal vor
Erzähl etwas von dir
Was kannst du eigentlich?
Was hältst du von anderen Bots?
Kennst du den Sprachassistenten auf meinem Telefon?
Bist du besser als eine Suchmaschine?
Redest du auch mit anderen Leuten?
Wie war dein Tag?
Was hast du gestern gemacht?
Wohin fährst du in den Urlaub?
Wer ist dein bester Freund?
Wie viel verdienst du?
Was würdest du mit einer Million machen?
Kannst du mir Geld leihen?
Kannst du mir beim Umzug helfen?
Such mir einen guten Film raus
Empfiehl mir ein Restaurant
Wo bekommt man hier einen guten Döner?
Gibt es hier in der Nähe einen Supermarkt?
Gibt es vor Ort kostenloses Internet?
Wie ist das Kennwort für das Gästenetz?
Wo sind hier die Toiletten?
Wo kann ich meinen Mantel abgeben?
Ist im Raum noch ein Stuhl frei?
Wer hat meinen Regenschirm gesehen?
Ich vermisse mein Ladekabel, hat es jemand eingesteckt?
Hat jemand ein Netzteil dabei?
Wer teilt sich mit mir ein Taxi zum Hotel?
Hat noch jemand einen Platz im Auto frei?
Mit welchem Zug kommt ihr?
Welches Hotel habt ihr gebucht?
Wann fährt die nächste Straßenbahn in die Innenstadt?
Auf welchem Gleis fährt mein Zug?
Wann gibt es Mittagessen?
Gibt es heute Abend noch Bier?
Wer geht mit essen?
Wer macht heute das Protokoll?
Wer moderiert die nächste Runde?
Seid ihr schon im Videoraum?
Wer lässt mich in die Besprechung?
Könnt ihr meinen Bildschirm sehen?
Dein Mikro ist aus
Bei mir ruckelt das Bild
Schickst du mir bitte die Folien?
Hat jemand ein Foto von der Tafel gemacht?
Wurde die Besprechung von heute früh mitgeschnitten?
Wer war gestern alles dabei?
Kennt jemand einen Ansprechpartner in eurem Rathaus?
Hat jemand die Telefonnummer von Frau Schneider?
Wie heißt der neue Kollege noch mal?
Ist Herr Weber heute im Büro?
Wann hast du Urlaub?
Können wir den Termin um eine Stunde schieben?
Passt euch Donnerstag um zehn?
Ich bin morgen im Homeoffice
Ich melde mich nächste Woche wieder
Ich sitze noch im Zug und habe schlechten Empfang
Ich bin krank und kann nicht kommen
Unser Drucker streikt schon wieder
Mein Rechner startet gerade neu
Mein Passwort ist abgelaufen
Wo beantrage ich einen Personalausweis?
Wie viel kostet ein neuer Führerschein?
Wann hat das Bürgerbüro offen?
Wann wird die Biotonne geleert?
Wohin mit dem Sperrmüll?
Wie melde ich mein Auto um?
Wie melde ich meinen Hund an?
Wo bekomme ich einen Kitaplatz?
In welche Schule kommt meine Tochter?
Wie beantrage ich Wohngeld?
Wo kann ich heiraten?
Wann hat das Schwimmbad geöffnet?
Wie viel kostet das Parken in der Altstadt?
Bei wem melde ich eine kaputte Straßenlaterne?
Wer räumt den Schnee vor meinem Haus?
Wie viel Steuern muss ich zahlen?
Wie lange ist die Wartezeit beim Arzt?
Welche Tabletten helfen gegen Kopfschmerzen?
Wie nehme ich am schnellsten ab?
Wie viele Kalorien hat ein Apfel?
Wie backe ich einen Käsekuchen?
Wie lange muss ein Ei kochen?
Wie bekomme ich Rotweinflecken aus dem Hemd?
Welches Handy soll ich kaufen?
Wie installiere ich ein anderes Betriebssystem?
Wie schreibe ich eine Schleife in Python?
Wie hoch ist der Kölner Dom?
Wie lang ist die Donau?
Wie alt wird ein Elefant?
Wie schnell ist das Licht?
Wie weit ist es von Hamburg nach Wien?
Was ist die größte Stadt der Welt?
Wer hat die Glühbirne erfunden?
Wer war der erste Mensch im Weltall?
Wer malte die Mona Lisa?
Wann fiel die Berliner Mauer?
Wann wurde Goethe geboren?
Wer ist gerade Präsident von Frankreich?
Welcher Verein ist Tabellenführer?
Wann ist das nächste Länderspiel?
Wie steht der Dollar?
Welche Aktien lohnen sich?
Was kostet ein Liter Diesel?
Wie ist die Lage auf der Autobahn?
Kommt heute noch ein Gewitter?
Wie warm wird es am Wochenende?
Wann geht die Sonne unter?
Wie ist das Wetter bei euch in Stuttgart?
Scheint in Rostock die Sonne?
Wer von euch ist nächste Woche in Frankfurt?
Ist heute zufällig jemand in Erfurt?
Wohnt hier jemand in Mainz?
Ich war am Sonntag in Potsdam
Was kann man abends in Bremen machen?
Wo isst man in Nürnberg gut zu Mittag?
Wie komme ich nach Augsburg?
Wie heißt die Bürgermeisterin von Kassel?
Den wievielten haben wir heute?
In wie vielen Tagen ist Weihnachten?
Wie viele Stunden sind es bis Mitternacht?
Wie schreibt man Rhythmus?
Was heißt Schmetterling auf Spanisch?
Nenn mir ein Synonym für schön
Erfinde ein Gedicht über den Herbst
Sag etwas Lustiges
Erinnere mich heute Abend an den Müll
Mach das Licht aus
Mach die Musik lauter
Ruf meine Mutter an
Blödsinn
So ein Quatsch
Hau ab
Du kannst ja gar nichts
Du bist nutzlos
Du bist echt schlau
Bist du verliebt?
Gib mir einen Kuss
Ich hasse dich
Ich lache immer
Mir geht es gut
Mir ist kalt
Ich freue mich aufs Wochenende
Ich habe morgen Geburtstag
Meine Tochter kommt in die Schule
Wir haben gewonnen
Der Euro ist an allem schuld
Wann treten die da oben endlich zurück
Von wegen Demokratie, uns fragt doch keiner
Immer mehr Kriminalität und niemand unternimmt etwas
Hast du das gestern Abend in den Nachrichten gesehen?
Warum sagt das eigentlich niemand laut?
Was für eine Schande für unser Land
Endlich mal ein guter Artikel zum Thema
Man lernt nie aus, sagte schon meine Großmutter
Heute im Garten die ersten Tomaten geerntet
Das neue Album ist der Hammer
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
Fine with me
Sounds good
I'm in
Me too
Never mind
No thanks
No idea
That's enough, thanks
That's not what I asked
Wait a moment
Say that again
Welcome to the group
Tell me about yourself
What can you do?
What did you do yesterday?
What do you think of other bots?
Do you know the assistant on my phone?
Are you better than a search engine?
Do you talk to other people?
Do you have a pet?
What would you do with a million?
Can you lend me some money?
Recommend me a good film
Where can I get a decent coffee around here?
Where are the toilets?
What is the password of the guest network?
Has anybody seen my umbrella?
Who wants to share a taxi?
Which hotel are you staying at?
When is the next tram to the centre?
When is lunch?
Who is taking the minutes?
You are on mute
Can you see my screen?
Please send me the slides
Was this morning's meeting recorded?
Can we move the meeting by an hour?
I am on the train with bad reception
My laptop is restarting
How much is a new driving licence?
When will the bins be emptied?
How do I register my dog?
What helps against a headache?
How many calories are in a banana?
How long do I boil an egg?
How do I write a loop in Python?
How tall is the Statue of Liberty?
How long is the Danube?
How fast is light?
Who invented the light bulb?
Who painted the Mona Lisa?
When did the Berlin Wall fall?
Which club is top of the league?
Which shares should I buy?
What does a litre of petrol cost?
Will there be a thunderstorm today?
When does the sun set?
How is the weather in Stuttgart?
Is anybody in Frankfurt next week?
Where can one have lunch in Nuremberg?
What is there to do in Bremen?
What day is it today?
How do you spell rhythm?
What is butterfly in Spanish?
Say something funny
Turn off the lights
Call my mother
Remind me to take out the rubbish tonight
You are useless
You are really smart
Are you in love?
Give me a kiss
I hate you
I laugh all the time
I'm fine
We won
asdf
qwertz
hjkl
blablabla
lalala
"""

TALK: tuple[str, ...] = tuple((TALK_DE + TALK_EN).strip().replace("\n\n", "\n").split("\n"))
