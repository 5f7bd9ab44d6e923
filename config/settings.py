"""All settings, from the environment (docs/operations.md lists them)."""

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONCE, NONE, SELF

from config.connections import Looked

BASE_DIR = Path(__file__).resolve().parent.parent


def data_folder() -> Path:
    """MADOGUCHI_DATA, else var/ in the checkout; as root /var/lib/madoguchi."""
    if given := os.environ.get("MADOGUCHI_DATA"):
        return Path(given).resolve()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/madoguchi")
    return BASE_DIR / "var"


def secret_key(data: Path) -> str:
    """MADOGUCHI_SECRET_KEY, else a 0600 file in the data folder, made on first use."""
    if given := os.environ.get("MADOGUCHI_SECRET_KEY"):
        return given
    path = data / "secret_key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        data.mkdir(parents=True, exist_ok=True)
        made = secrets.token_urlsafe(48)
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(made)
        except FileExistsError:
            return path.read_text().strip()
        return made


def database(url: str) -> dict[str, object]:
    """A Django database from postgresql://user:password@host:port/name?option=value."""
    parts = urlsplit(url)
    options: dict[str, object] = dict(parse_qsl(parts.query))
    wanted = str(options.get("prepare_threshold", "5"))  # "none" behind a pooler that shares sessions
    options["prepare_threshold"] = int(wanted) if wanted.isdecimal() else None
    host = str(options.pop("host", "") or parts.hostname or "")
    found: dict[str, object] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "madoguchi",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(options.pop("port", "") or parts.port or ""),
        "OPTIONS": options,
        "CONN_HEALTH_CHECKS": True,
    }
    if threads := os.environ.get("MADOGUCHI_THREADS"):
        options["pool"] = {
            "min_size": 1,
            "max_size": int(threads) + 1,
            "timeout": 3,
            "reconnect_timeout": 5,
            "connection_class": Looked,
        }
    else:
        found["CONN_MAX_AGE"] = 60
    return found


DATA = data_folder()
SECRET_KEY = secret_key(DATA)
PORT = int(os.environ.get("MADOGUCHI_PORT", "8000"))
URL = os.environ.get("MADOGUCHI_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
TESTING = "pytest" in sys.modules
DEBUG = os.environ.get("MADOGUCHI_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("MADOGUCHI_HOSTS", "*").split(",")
CSRF_TRUSTED_ORIGINS = [URL]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_prose_editor",
    "js_asset",
    "ninja",
    "procrastinate.contrib.django",
    "madoguchi",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "madoguchi.doors.agent.desk.Desk",
    "madoguchi.doors.portal.gate.HelpCenter",
]

ROOT_URLCONF = "config.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "madoguchi" / "templates"],
        "OPTIONS": {
            "environment": "madoguchi.doors.agent.jinja.environment",
            "context_processors": ["madoguchi.doors.agent.account_pages.context"],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ]
        },
    },
]

DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql:///madoguchi")
DATABASES = {"default": database(DATABASE_URL)}
DATABASE_DIRECT_URL = os.environ.get("DATABASE_DIRECT_URL", "")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "madoguchi_cache",
        "OPTIONS": {"MAX_ENTRIES": 50000},
    }
}

AUTH_USER_MODEL = "madoguchi.Agent"
AUTHENTICATION_BACKENDS = ["madoguchi.doors.agent.backend.AgentBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "last_name", "first_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "madoguchi.people.passwords.NotTheDemoPassword"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "madoguchi.doors.agent.accounts.Accounts"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/login/"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Madoguchi"
MFA_ADAPTER = "madoguchi.doors.agent.accounts.TwoFactor"
MFA_ALLOW_UNVERIFIED_EMAIL = True
EMAIL_BACKEND = "madoguchi.reactions.post.backend.DeskBackend"
DEFAULT_FROM_EMAIL = "madoguchi@localhost"

SESSION_ENGINE = "madoguchi.doors.agent.sessions"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if URL.startswith("https://") else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "madoguchi.doors.agent.errors.csrf_failed"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("MADOGUCHI_PROXIES", "0"))
API_RATE = int(os.environ.get("MADOGUCHI_API_RATE", "3000"))
# Servers of one's own that speak as a CRM does ("zoho=http://127.0.0.1:9000"): they alone may lie in a private network.
CRM_HOSTS = dict(pair.split("=", 1) for pair in os.environ.get("MADOGUCHI_CRM_HOSTS", "").split() if "=" in pair)
DATA_UPLOAD_MAX_MEMORY_SIZE = 60 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "madoguchi" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [BASE_DIR / "madoguchi" / "static"] + ([DATA / "assets"] if (DATA / "assets").is_dir() else [])
MEDIA_ROOT = DATA / "files"
OUTBOX = DATA / "outbox"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": MEDIA_ROOT}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = False
SILENCED_SYSTEM_CHECKS = ["account.W001"]

PROCRASTINATE_ON_APP_READY = "madoguchi.jobs.on_ready"
PROCRASTINATE_IMPORT_PATHS = ["madoguchi.jobs.tasks"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"without_secrets": {"()": "config.logs.WithoutSecrets"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_secrets"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"madoguchi": {"level": "INFO"}, "django.server": {"level": "WARNING"}},
}

if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_AUTOREFRESH = True  # each test's client has middleware of its own: look for a file when it is asked for
    CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
