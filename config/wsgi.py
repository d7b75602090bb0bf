import os
import signal

# Before the settings are read: the web process has a connection pool and hashed static files.
os.environ.setdefault("WAYPOST_PROCESS", "web")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.wsgi import get_wsgi_application

from config.processes import TREE, die_with_parent

if TREE in os.environ:  # A web process of `up` ends with the server that started it.
    die_with_parent(os.getppid(), signal.SIGKILL)
application = get_wsgi_application()
