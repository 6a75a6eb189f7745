"""The system that the console is a client of, put together once for each set of addresses."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import streamlit as st
from botocore.config import Config

from console.api import Api
from console.results import Results
from console.settings import Settings
from console.uploads import Uploads
from segmentation.registry import Registry
from segmentation_aws.registry import open_registry

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class System:
    """What the pages work with."""

    settings: Settings
    s3: S3Client
    api: Api
    uploads: Uploads
    results: Results
    registry: Registry


def current_system() -> System:
    """Give the system that the environment names.

    Raises
    ------
    SettingsError
        The environment names none.
    """
    return _system(Settings.from_env(os.environ))


@st.cache_resource(show_spinner=False)
def _system(settings: Settings) -> System:
    retries: Any = {"mode": "standard", "total_max_attempts": 3}
    s3 = boto3.client("s3", config=Config(retries=retries, connect_timeout=5))
    return System(
        settings=settings,
        s3=s3,
        api=Api(settings.api_url, signs=settings.signs),
        uploads=Uploads(s3, settings.uploads),
        results=Results(s3, settings.results),
        registry=open_registry(settings.registry, lambda: s3),
    )
