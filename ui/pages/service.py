"""The numerical optimizer as a service: whether it answers, what it can do, and the jobs sent to it."""

from datetime import UTC, datetime

import streamlit as st
from pydantic import SecretStr

from solvers.errors import SolversError
from solvers.numeric.service import Client
from solvers.numeric.service.schema import Capabilities, JobView
from ui import safe_text
from ui.desk import Desk
from ui.preferences import Preferences

_EVERY_S = 2.0
_MOST_JOBS = 50


def show_address(desk: Desk, before: Preferences) -> Preferences:
    """The choice of a service."""
    st.subheader("Numerical service")
    if desk.is_shared:
        st.caption("Whoever runs Optwright here looks after the service.")
        return before
    st.caption(
        "`optwright serve` starts one; programs send smooth models to it. Nothing else in the app needs it."
    )
    url = st.text_input("Address of the service", before.service_url, key="service-url")
    token = st.text_input(
        "Token",
        type="password",
        key="service-token",
        help="Held until the server ends, never written to disk.",
    )
    if token:
        desk.service_token = SecretStr(token)
    return before.model_copy(update={"service_url": url.strip()})


def show_status(desk: Desk, chosen: Preferences) -> None:
    """What the service says of itself and of its jobs, asked again and again while this is wanted."""
    if desk.is_shared or not st.toggle("Show its status and jobs", key="service-shown"):
        return

    @st.fragment(run_every=_EVERY_S)
    def watched() -> None:
        token = desk.service_token.get_secret_value() if desk.service_token else None
        with st.container(key="service"):
            try:
                with Client(chosen.service_url, token=token, retries=0) as client:
                    _show_capabilities(client.capabilities())
                    _show_jobs(client, client.jobs(_MOST_JOBS))
            except SolversError as error:
                st.error(safe_text.markdown(error), icon=":material/error:")

    watched()


def _show_capabilities(found: Capabilities) -> None:
    st.markdown(
        safe_text.markdown(
            f"✓ It answers: version {found.version}, engines {', '.join(found.engines)}, {found.workers} workers, "
            f"{found.queue_limit:,} jobs may wait, up to {found.most_variables:,} variables and "
            f"{found.most_time_limit_s:g} s a model."
        )
    )


def _show_jobs(client: Client, jobs: list[JobView]) -> None:
    if not jobs:
        st.caption("No jobs were sent with this token.")
        return
    st.dataframe([_row(job) for job in jobs], hide_index=True, key="service-jobs")
    active = [job.id for job in jobs if not job.is_over]
    if active:
        chosen = st.selectbox("A job at work, or waiting", active, key="service-job")
        if st.button("Cancel it", key="service-cancel", icon=":material/stop_circle:"):
            client.cancel(chosen)
            st.rerun(scope="fragment")


def _row(job: JobView) -> dict[str, object]:
    progress = f"{job.progress.done} of {job.progress.total}" if job.progress else ""
    return {
        "job": job.id,
        "state": job.state,
        "progress": progress,
        "came (UTC)": f"{datetime.fromtimestamp(job.created, UTC):%Y-%m-%d %H:%M:%S}",
        "seconds": None if job.seconds is None else round(job.seconds, 2),
        "error": job.error or "",
    }
