"""The clients: which address a request comes from, how often it may ask, who is signed in and what they may see."""
