from services.notices.app import create
from services.notices.settings import NoticesSettings

create(NoticesSettings()).serve()
