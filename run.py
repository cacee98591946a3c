"""The web application, for gunicorn (`run:app`) and `flask --app run`."""

import gc

from app.factory import create_app

app = create_app()
# What is loaded by now stays as long as the process: a search for garbage need not look through all of it each time.
gc.freeze()
