"""Where the `flask` command looks by itself."""

from run import app as app
