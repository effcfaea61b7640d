from services.intake.app import build
from services.intake.settings import IntakeSettings

build(IntakeSettings()).serve()
