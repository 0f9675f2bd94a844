"""The database. All tables belong to one schema, in whichever module their rows are."""

from bot.storage import bridge_models as bridge_models
from bot.storage import link_models as link_models
from bot.storage import process_models as process_models
from bot.storage import source_models as source_models
