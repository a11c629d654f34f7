"""The numerical optimizer as a service: whether it answers, what it can do, and the jobs sent to it."""

from datetime import UTC, datetime

import streamlit as st

from solvers.errors import SolversError
from solvers.numeric.service import Client
from solvers.numeric.service.schema import Capabilities, JobView
from ui import safe_text
from ui.desk import Desk

_EVERY_S = 2.0
_MOST_JOBS = 50


def show(desk: Desk) -> None:
    """What the service says of itself and of its jobs, asked again and again while this is wanted."""
    st.subheader("Numerical service")
    service = desk.settings.service
    if service is None:
        st.caption(
            "Smooth nonlinear models are solved on this machine. `optwright serve` starts a service for them, and "
            "OPTWRIGHT\\_NUMERIC\\_URL names it."
        )
        return
    st.caption(safe_text.markdown(f"Smooth nonlinear models are solved at {service.url}."))
    if not st.toggle("Show how it is, and its jobs", key="service-shown"):
        return

    @st.fragment(run_every=_EVERY_S)
    def watched() -> None:
        with st.container(key="service"):
            try:
                with Client(service.url, token=service.token, retries=0) as client:
                    _show_capabilities(client.capabilities())
                    if not desk.is_shared:  # the jobs of all users have one token
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
