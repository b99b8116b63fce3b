"""An app that uses the library: sign up in the browser, read the mails, call guarded routes."""
