"""Gatehouse's settings. Everything an operator may set comes from the environment; see the README for the list."""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from console.environment import data_directory, database, env, read, secret, whole_number

BASE_DIR = Path(__file__).resolve().parent.parent

# What operators set
GATEHOUSE_DATA_DIR = data_directory()
GATEHOUSE_HOST = env.str("GATEHOUSE_HOST", default="127.0.0.1")
GATEHOUSE_PORT = read("GATEHOUSE_PORT", int, default="8000", hint="A number from 1 to 65535.")
GATEHOUSE_WORKERS = read("GATEHOUSE_WORKERS", int, default="1", hint="A number of processes, 1 or more.")
GATEHOUSE_PUBLIC_URL = env.str(
    "GATEHOUSE_PUBLIC_URL",
    default=f"http://{f'[{GATEHOUSE_HOST}]' if ':' in GATEHOUSE_HOST else GATEHOUSE_HOST}:{GATEHOUSE_PORT}",
).rstrip("/")
GATEHOUSE_TRUSTED_PROXIES = env.str("GATEHOUSE_TRUSTED_PROXIES", default="")
GATEHOUSE_AUTHZ_FOR_NGINX = env.bool("GATEHOUSE_AUTHZ_FOR_NGINX", default=False)
GATEHOUSE_METRICS_NETWORKS = env.str("GATEHOUSE_METRICS_NETWORKS", default="127.0.0.0/8, ::1")
GATEHOUSE_WIDE_IPV4 = read("GATEHOUSE_WIDE_IPV4", whole_number(32), default="8", hint="A prefix length, 0 to 32.")
GATEHOUSE_WIDE_IPV6 = read("GATEHOUSE_WIDE_IPV6", whole_number(128), default="32", hint="A prefix length, 0 to 128.")
GATEHOUSE_HOUSEKEEPING = env.bool("GATEHOUSE_HOUSEKEEPING", default=True)
GATEHOUSE_REMINDER_HOUR = read("GATEHOUSE_REMINDER_HOUR", int, default="8", hint="An hour of the day, 0 to 23.")
GATEHOUSE_SCANNER_KEYS = env.str("GATEHOUSE_SCANNER_KEYS", default="")
GATEHOUSE_STALE_GRACE = read("GATEHOUSE_STALE_GRACE", float, default="30", hint="Seconds, 0 or more.")
GATEHOUSE_KEY_PREFIX = env.str("GATEHOUSE_KEY_PREFIX", default="gate")
GATEHOUSE_OIDC_ISSUER = env.str("GATEHOUSE_OIDC_ISSUER", default="").rstrip("/")
GATEHOUSE_OIDC_CLIENT_ID = env.str("GATEHOUSE_OIDC_CLIENT_ID", default="")
GATEHOUSE_OIDC_CLIENT_SECRET = env.str("GATEHOUSE_OIDC_CLIENT_SECRET", default="")
GATEHOUSE_OIDC_NAME = env.str("GATEHOUSE_OIDC_NAME", default="single sign-on")
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
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "template_partials",
    "django.contrib.admin.apps.SimpleAdminConfig",
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
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "console.grave_pages.GravePagesMiddleware",
    "console.active_sessions.ActiveSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "console.middleware.PersonalPagesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["teams.templatetags.dialogs"],
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
    "default": read(
        "GATEHOUSE_DATABASE_URL",
        database,
        default=f"sqlite:///{GATEHOUSE_DATA_DIR / 'gatehouse.sqlite3'}",
        hint="Write postgres://USER:PASSWORD@HOST:PORT/NAME, or leave it out for SQLite in the data directory.",
    )
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
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "full_name"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "console.password_rules.VarietyValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "console:home"
PASSWORD_RESET_TIMEOUT = 3600
ACCOUNT_ADAPTER = "console.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # nobody signs up by themselves; console.email_change verifies addresses
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Gatehouse] "
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "login": "console.sign_in_forms.LoginForm",
    "reauthenticate": "console.sign_in_forms.ReauthenticateForm",
    "change_password": "console.sign_in_forms.ChangePasswordForm",
    "set_password": "console.sign_in_forms.SetPasswordForm",
    "reset_password": "console.sign_in_forms.ResetPasswordForm",
    "reset_password_from_key": "console.sign_in_forms.ResetPasswordKeyForm",
}
# Per address ("ip"), per account that is tried ("key"), per person who is signed in ("user").
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "manage_email": "10/h/user",
    "reset_password": "20/m/ip,3/15m/key",
    "reset_password_from_key": "20/m/ip",
    "report_leak": "20/m/ip",
}

# Second factors
MFA_ADAPTER = "console.authenticators.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # many installations have no mail to verify an address with
MFA_TOTP_ISSUER = "Gatehouse" if PUBLIC.hostname in {"127.0.0.1", "localhost"} else f"Gatehouse {PUBLIC.hostname}"
MFA_RECOVERY_CODE_COUNT = 10
MFA_TOTP_TOLERANCE = 1  # RFC 6238, 5.2: one step for clocks that differ
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"}
MFA_FORMS = {
    "authenticate": "console.authenticator_forms.AuthenticateForm",
    "reauthenticate": "console.authenticator_forms.ReauthenticateForm",
    "activate_totp": "console.authenticator_forms.ActivateTOTPForm",
    "add_webauthn": "console.authenticator_forms.AddPasskeyForm",
    "edit_webauthn": "console.authenticator_forms.RenamePasskeyForm",
    "login_webauthn": "console.authenticator_forms.PasskeySignInForm",
    "authenticate_webauthn": "console.authenticator_forms.PasskeyForm",
    "reauthenticate_webauthn": "console.authenticator_forms.PasskeyAgainForm",
}
USERSESSIONS_ADAPTER = "console.active_sessions.SessionsAdapter"

# Single sign-on
SOCIALACCOUNT_ADAPTER = "console.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"provider_class": "console.single_sign_on.SingleSignOn"}}
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True

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
vars().update(
    read(
        "GATEHOUSE_EMAIL_URL",
        env.email_url_config,
        default="consolemail://",
        hint="Write smtp+tls://USER:PASSWORD@HOST:PORT, or leave it out to print mail to the console.",
    )
)
EMAIL_TIMEOUT = 10  # seconds: somebody waits for the page that a mail is sent from
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
    "filters": {
        "hide_secret_links": {"()": "console.log_privacy.HideSecretLinks"},
        "in_one_line": {"()": "console.log_privacy.InOneLine"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["hide_secret_links"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        # 4xx answers are the caller's business: the audit trail and the counted refusals tell of those that matter.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"filters": ["in_one_line"]},
        "gatehouse": {"level": "INFO"},
    },
}
