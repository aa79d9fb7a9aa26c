"""One question to several engines: holders and filers of every security and period. README.md is the contract."""
