from services.platform.settings import Settings
from services.worklist.app import create

create(Settings()).serve()
