"""Gatehouse's settings. Everything an operator may set comes from the environment; see the README for the list."""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from console.environment import data_directory, env, secret

BASE_DIR = Path(__file__).resolve().parent.parent

# What operators set
GATEHOUSE_DATA_DIR = data_directory()
GATEHOUSE_HOST = env.str("GATEHOUSE_HOST", default="127.0.0.1")
GATEHOUSE_PORT = env.int("GATEHOUSE_PORT", default=8000)
GATEHOUSE_WORKERS = env.int("GATEHOUSE_WORKERS", default=1)
GATEHOUSE_PUBLIC_URL = env.str(
    "GATEHOUSE_PUBLIC_URL",
    default=f"http://{f'[{GATEHOUSE_HOST}]' if ':' in GATEHOUSE_HOST else GATEHOUSE_HOST}:{GATEHOUSE_PORT}",
).rstrip("/")
GATEHOUSE_TRUSTED_PROXIES = env.str("GATEHOUSE_TRUSTED_PROXIES", default="")
GATEHOUSE_AUTHZ_FOR_NGINX = env.bool("GATEHOUSE_AUTHZ_FOR_NGINX", default=False)
GATEHOUSE_STALE_GRACE = env.float("GATEHOUSE_STALE_GRACE", default=30.0)
GATEHOUSE_KEY_PREFIX = env.str("GATEHOUSE_KEY_PREFIX", default="gate")
GATEHOUSE_VALKEY_URL = env.str("GATEHOUSE_VALKEY_URL", default="")
GATEHOUSE_KEY_PEPPERS = secret("GATEHOUSE_KEY_PEPPERS", GATEHOUSE_DATA_DIR, numbered=True)
GATEHOUSE_SEALING_KEYS = secret("GATEHOUSE_SEALING_KEYS", GATEHOUSE_DATA_DIR, numbered=True)
SECRET_KEY = secret("GATEHOUSE_SECRET_KEY", GATEHOUSE_DATA_DIR, numbered=False)

PUBLIC = urlsplit(GATEHOUSE_PUBLIC_URL)
SERVED_OVER_TLS = PUBLIC.scheme == "https"

# Django
DEBUG = False
ALLOWED_HOSTS = sorted({PUBLIC.hostname or "localhost", "localhost", "127.0.0.1", "[::1]"})
CSRF_TRUSTED_ORIGINS = [GATEHOUSE_PUBLIC_URL]
ROOT_URLCONF = "console.urls"
AUTH_USER_MODEL = "teams.User"
TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en-us"
USE_I18N = True
FORMAT_MODULE_PATH = ["console.formats"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
CSRF_FAILURE_VIEW = "console.views.errors.csrf_failure"

INSTALLED_APPS = [
    "console",
    "apikeys",
    "ipsubnets",
    "teams",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "template_partials",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "console.middleware.GateMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "console.middleware.PersonalPagesMiddleware",
]

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
                "console.context_processors.shell",
            ],
        },
    },
]

# The database. SQLite is meant for real use on one machine: WAL, so that readers never wait; FULL, so that an
# acknowledged revoke survives a power cut; immediate transactions, so that a writer waits at its start, not midway.
DATABASES = {
    "default": env.db_url("GATEHOUSE_DATABASE_URL", default=f"sqlite:///{GATEHOUSE_DATA_DIR / 'gatehouse.sqlite3'}")
}
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }

# Sign-in attempts are counted where every process sees them.
if GATEHOUSE_VALKEY_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": GATEHOUSE_VALKEY_URL,
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "console_cache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }

# Signing in
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "console:home"
ACCOUNT_ADAPTER = "console.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = PUBLIC.scheme
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True

# Cookies and transport. TLS ends at the reverse proxy; the public URL says whether there is one.
SESSION_COOKIE_NAME = "gatehouse_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SERVED_OVER_TLS
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_NAME = "gatehouse_csrf"
CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if SERVED_OVER_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # other hosts of the domain are not ours to bind to TLS
    "security.W008",  # the proxy redirects to TLS: behind it every request of the console already came over TLS
    "security.W021",  # nor is the preload list
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# Mail
vars().update(env.email_url("GATEHOUSE_EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("GATEHOUSE_EMAIL_FROM", default=f"gatehouse@{PUBLIC.hostname}")

# Static files: served by WhiteNoise straight from where they lie; there is no build step.
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {"staticfiles": {"BACKEND": "console.static_files.VersionedStaticFiles"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 31_536_000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        # 4xx answers are the caller's business: the audit trail and the counted refusals tell of those that matter.
        "django.request": {"level": "ERROR"},
        "gatehouse": {"level": "INFO"},
    },
}
