"""One settings file, driven by the environment; the README lists every variable."""

import os
import sys
from pathlib import Path

import structlog
from csp.constants import NONE, SELF

from config.environment import credentials_keys, database, flag, secret_key, whole_number, words
from config.services import addresses

BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = flag("WAYPOST_DEBUG")
# "web" in the processes that answer requests; empty in workers and commands.
PROCESS = os.environ.get("WAYPOST_PROCESS", "")
_ADDRESSES = addresses()

# Security ------------------------------------------------------------------------------------------------------------
SECRET_KEY = secret_key(may_generate=DEBUG or not os.environ.get("DATABASE_URL"))
SECRET_KEY_FALLBACKS = words("SECRET_KEY_FALLBACKS")
# Seal carriers' secrets: a key of their own, so that rotating one kind leaves the other alone. Newest first.
WAYPOST_CREDENTIALS_KEYS = credentials_keys(may_generate=DEBUG or not os.environ.get("DATABASE_URL"))
ALLOWED_HOSTS = words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")
# Set when a proxy in front answers HTTPS: it must set X-Forwarded-Proto itself.
HTTPS = flag("WAYPOST_HTTPS")
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = False
X_FRAME_OPTIONS = "DENY"
# Nothing inline, nothing from elsewhere.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Applications --------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "config",
    "carriers",
    "shipments",
    "exceptions_queue",
    "reporting",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.opened_by_hand.OpenedByHand",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "carriers.frame.feeds",
                "exceptions_queue.frame.frame",
            ],
        },
    }
]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Data ----------------------------------------------------------------------------------------------------------------
# The pool belongs to the web process alone: a worker closes its connection after every task.
DATABASES = {"default": database(_ADDRESSES.database, pool=PROCESS == "web")}
if os.environ.get("REPORTING_DATABASE_URL"):
    DATABASES["reporting"] = database(os.environ["REPORTING_DATABASE_URL"], pool=PROCESS == "web")
    DATABASES["reporting"]["TEST"] = {"MIRROR": "default"}
REDIS_URL = _ADDRESSES.redis
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Static files --------------------------------------------------------------------------------------------------------
# Hashed names where `collectstatic` has run: in the web process. Elsewhere files are found where they lie.
_HASHED = PROCESS == "web" or "collectstatic" in sys.argv[1:2]
STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("WAYPOST_DATA") or BASE_DIR / "var").absolute() / "static"
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if _HASHED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not _HASHED
WHITENOISE_AUTOREFRESH = not _HASHED

# Sign-in -------------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "config.accounts.ClosedAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# How many proxies in front set X-Forwarded-For: the rate limits count by the address before them.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("WAYPOST_PROXIES") or 0)

# REST ----------------------------------------------------------------------------------------------------------------
# Default deny: a view that names no scope lets nobody in.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["config.api.TokenAuthentication", "config.api.ReadingPerson"],
    "DEFAULT_PERMISSION_CLASSES": ["config.api.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "PAGE_SIZE": 100,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Waypost",
    "VERSION": "1",
    "DESCRIPTION": "Shipments, their events, and the cases that need a person.",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "ShipmentState": "shipments.facts.State",
        "CaseState": "exceptions_queue.transitions.CaseState",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# Workers -------------------------------------------------------------------------------------------------------------
# PostgreSQL is the queue. A message only says "look", so it may be lost, repeated or late.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1) or "redis://broker-is-not-running"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Longer than any task may run: what is not acknowledged by then is given to another worker.
    "visibility_timeout": 900,
    "socket_timeout": 10,
    "socket_connect_timeout": 3,
    "health_check_interval": 10,
    "retry_on_timeout": True,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_DEFAULT_QUEUE = "waypost"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1, "interval_step": 0.2, "interval_max": 0.3}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_TIMEZONE = "UTC"

# Logs ----------------------------------------------------------------------------------------------------------------
_SHARED_PROCESSORS = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
    structlog.processors.StackInfoRenderer(),
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED_PROCESSORS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "readable": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _SHARED_PROCESSORS,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.dev.ConsoleRenderer(
                    colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
                ),
            ],
        }
    },
    # Standard error: standard output belongs to what a command prints.
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "readable", "filters": ["refusals_in_one_line"]}
    },
    "filters": {"refusals_in_one_line": {"()": "config.logs.RefusalsInOneLine"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("WAYPOST_LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True, "level": "INFO"},
        "django.server": {"handlers": [], "propagate": True},
        # The messages that only say "look" come twice a second.
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}

# Waypost -------------------------------------------------------------------------------------------------------------
WAYPOST_MAX_WEBHOOK_BYTES = 262_144
# How long the parcels behind a backtest's figures are kept. Source: our own default, a season to look back on.
WAYPOST_BACKTEST_DAYS = whole_number("WAYPOST_BACKTEST_DAYS", 90, least=1)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT") or 25)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = flag("EMAIL_USE_TLS")
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "waypost@localhost")
