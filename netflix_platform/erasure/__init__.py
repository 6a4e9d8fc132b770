"""Forgetting a user: what is theirs, found and taken out of raw files, texts and databases; and kept out from then on."""
