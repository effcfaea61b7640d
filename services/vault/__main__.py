from services.platform.settings import Settings
from services.vault.app import build

build(Settings()).serve()
