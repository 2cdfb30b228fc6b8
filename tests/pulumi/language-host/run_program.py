"""Runs the Python program of its argument for the engine that the environment names. Exit code 32: what is wrong was said already."""

import asyncio
import json
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor

from pulumi import RunError, log
from pulumi.runtime import reset_options, run_in_stack, set_all_config

TOLD_THE_USER = 32


def told(name: str) -> str:
    return os.environ[f"PULUMI_{name}"]


def program() -> None:
    sys.path.insert(0, os.getcwd())
    runpy.run_path(sys.argv[1], run_name="__main__")


async def main() -> None:
    # Each call to the engine takes a thread while it lasts: with fewer, the resources of one program would wait for each other.
    threads = 4 * max(int(told("PARALLEL")), 1)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=threads))
    await run_in_stack(program)


reset_options(
    project=told("PROJECT"),
    stack=told("STACK"),
    root_directory=told("ROOT_DIRECTORY"),
    parallel=int(told("PARALLEL")),
    engine_address=told("ENGINE"),
    monitor_address=told("MONITOR"),
    preview=told("DRY_RUN") == "true",
    organization=told("ORGANIZATION"),
)
set_all_config(json.loads(told("CONFIG")), json.loads(told("CONFIG_SECRET_KEYS")))
try:
    asyncio.run(main())
except RunError as error:
    log.error(str(error))
    sys.exit(TOLD_THE_USER)
except Exception:  # noqa: BLE001 whatever a program raises ends it
    log.error("Program failed with an unhandled exception:\n" + traceback.format_exc())
    sys.exit(TOLD_THE_USER)
