"""Hand a mail to the user's SMTP server, over TLS unless it is on this machine."""

from __future__ import annotations

import smtplib
import ssl

from ..errors import SourceError
from ..output import plain
from .deadline import within
from .mail_settings import MailSettings, Security

_TIMEOUT = 20.0  # seconds for each answer
_SECONDS = 120.0  # altogether
_REPLY = 120


def send_mail(settings: MailSettings, message: bytes) -> list[str]:
    """Send the message; returns the recipients that the server refused while it took others.

    Raises SourceError if the server cannot be reached, is not trusted, or takes the mail for nobody. Its reply is
    repeated, the password never.
    """
    return within(_SECONDS, f"the mail server {settings.host}", lambda: _send(settings, message))


def _send(settings: MailSettings, message: bytes) -> list[str]:
    where = f"the mail server {settings.host}:{settings.port}"
    try:
        with _connect(settings) as server:
            if settings.user and settings.password:
                server.login(settings.user, settings.password)
            refused = server.sendmail(settings.sender, settings.recipients, message)
    except smtplib.SMTPAuthenticationError as error:
        raise SourceError(f"{where} does not accept the login ({error.smtp_code}); check user and password") from None
    except smtplib.SMTPNotSupportedError as error:
        raise SourceError(f"{where}: {plain(str(error))[:_REPLY]}; choose another security or port") from None
    except smtplib.SMTPRecipientsRefused as error:
        reply = next(iter(error.recipients.values()), (0, b""))[1]
        raise SourceError(f"{where} takes the mail for nobody: {_shown(reply)}") from None
    except smtplib.SMTPResponseException as error:
        raise SourceError(f"{where} answers {error.smtp_code}: {_shown(error.smtp_error)}") from None
    except ssl.SSLCertVerificationError as error:
        raise SourceError(f"{where}: its certificate is not trusted ({plain(error.verify_message)[:_REPLY]})") from None
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise SourceError(f"{where} cannot be used ({type(error).__name__}); check host, port and security") from None
    return sorted(refused)


def _connect(settings: MailSettings) -> smtplib.SMTP:
    """A connection that is encrypted to a server that was verified; without TLS only to this machine."""
    if settings.security is Security.TLS:
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=_TIMEOUT, context=ssl.create_default_context())
    server = smtplib.SMTP(settings.host, settings.port, timeout=_TIMEOUT)
    if settings.security is Security.STARTTLS:
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _shown(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return plain(text)[:_REPLY]
