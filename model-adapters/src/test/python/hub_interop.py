"""What HubPythonTest asks Hugging Face's own client: to fetch a model, or to find one that Java has fetched.

python hub_interop.py fetch|read NAME FILE...

The environment names the hub and the cache. Prints the directory, and then the problems that it sees in the cache.
"""

import sys

from huggingface_hub import scan_cache_dir, snapshot_download


def main() -> None:
    command, name, *files = sys.argv[1:]
    print(snapshot_download(name, allow_patterns=files or None, local_files_only=command == "read"))
    for warning in scan_cache_dir().warnings:
        print(warning)


main()
