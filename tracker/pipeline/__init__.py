"""The steps that change the store: download, read, settle, take in prices, choose funds."""
