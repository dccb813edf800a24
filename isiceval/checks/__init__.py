"""Check: rules.toml has every rule with its sentences, detect.py what some of them compute."""
