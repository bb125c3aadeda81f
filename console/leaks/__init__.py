"""Reports of leaked keys: by scanners of public places, and by people."""
