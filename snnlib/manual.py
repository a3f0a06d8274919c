"""What ``--help`` says of every command, and examples of its use."""

HELP = {
    "": (
        "Reproduce two papers on the privacy of spiking neural networks: model inversion and membership inference.",
        """
  snnlib reproduce                              every table and figure, at profile quick
  snnlib reproduce --only A-T2 B-F2             two of them
  snnlib reproduce --profile gpu --device cuda  full data on a GPU
  snnlib figures --from figures/quick B-F2      a figure once more, from its saved data
  snnlib inventory                              which notebook cell makes which table or figure
  snnlib data list                              what is there, from where, under which licence
  snnlib doctor                                 whether this machine has what a run needs""",
    ),
    "reproduce": (
        "Run the notebooks and write tables, figures and a report. What is done is kept: an interrupted run goes on "
        "where it stopped when the same command is typed again.",
        """
  snnlib reproduce                              profile quick, into figures/quick
  snnlib reproduce --only A-T2 B-F2             two items and what they need
  snnlib reproduce --profile gpu --device cuda --workers 2
  snnlib reproduce --dask tcp://127.0.0.1:8786  on a cluster that shares the store's disk""",
    ),
    "figures": (
        "Make figures and tables once more from the data that a run has kept beside them, without networks and "
        "without the store: the same bytes, in seconds.",
        """
  snnlib figures --from figures/reference/quick --to copy
  snnlib figures --from figures/reference/quick --to copy B-F2 A-T2""",
    ),
    "inventory": (
        "List all tables and figures of both papers: which notebook cell makes each, and since when it is as it is. "
        "(A run that makes the same again leaves the date.)",
        """
  snnlib inventory
  snnlib inventory --out my-results""",
    ),
    "data": (
        "List, download or check the data sets. Nothing has to be downloaded: where official files are missing, "
        "stand-ins are used, and every result says so.",
        """
  snnlib data list
  snnlib data fetch mnist cifar10
  snnlib data check""",
    ),
    "data list": (
        "List the data sets: what is there, from where, under which licence.",
        """
  snnlib data list""",
    ),
    "data fetch": (
        "Download official files into SNNLIB_DATA (data/ by default) and verify their checksums.",
        """
  snnlib data fetch mnist
  snnlib data fetch cifar10 cifar100""",
    ),
    "data check": (
        "Read all files and embedded data and compare them with their checksums; exit status 1 if some are damaged.",
        """
  snnlib data check""",
    ),
    "doctor": (
        "Check that this machine has what a run needs, and say what to do where it has not; nothing is changed.",
        """
  snnlib doctor""",
    ),
    "completion": (
        "Print a script with which a shell completes commands, options, profiles, IDs and data sets.",
        """
  snnlib completion bash > ~/.local/share/bash-completion/completions/snnlib
  snnlib completion zsh > ~/.zfunc/_snnlib      a folder of $fpath""",
    ),
}
