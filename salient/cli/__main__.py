"""`python -m salient.cli`: the commands without the installed script."""

from salient.cli.app import main

main()
