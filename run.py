"""The web application, for gunicorn (`run:app`) and `flask --app run`."""

from app.factory import create_app

app = create_app()
