"""Commands that serve somebody's own app: `echoscope run` with it in the process, `echoscope proxy` in front of it.

`commands` is what the command line takes, `loading` finds the app that `module:app` names, `serving` runs our server
around it, `reloading` starts it anew when its code changes.
"""
