from services.statistics.app import create
from services.statistics.settings import StatisticsSettings

create(StatisticsSettings()).serve()
