"""Whatever leaves the machine: mails over SMTP and JSON over a webhook. The only code that sends.

mail_settings.py  the mail server and the addresses, from the environment and from `tracker.toml`
mail_message.py   a mail as bytes: plain text and HTML
smtp.py           hands a mail to the server, over TLS
webhook.py        posts JSON
deadline.py       bounds how long a server may take
told.py           what was delivered already, and the one step with which that is recorded
"""
