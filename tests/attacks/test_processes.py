"""Cases 29-47: other programs, other processes, the kernel's dangerous doors, and tricks of the language."""

import time

import pytest

pytestmark = pytest.mark.jail

SYSCALL = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
def attempt(number, *args):
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, args))
    if result >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS, errno.EACCES):
        print('REACHED', result, ctypes.get_errno())
import platform
is_x86 = platform.machine() == 'x86_64'
"""

ATTACKS = {
    "29-os-system": "os.system(f'touch {w[\"home\"]}/ran')",
    "30-subprocess": "import subprocess; subprocess.run([w['home'] + '/script.sh'])",
    "30-posix-spawn": "os.waitpid(os.posix_spawn('/bin/touch', ['touch', w['home'] + '/ran'], {}), 0)",
    "31-execv": "os.execv('/bin/touch', ['touch', w['home'] + '/ran'])",
    "32-fork": "pid = os.fork(); os._exit(0) if pid == 0 else print('REACHED')",
    "32-vfork": SYSCALL + "attempt(58) if is_x86 else attempt(220, 17, 0, 0, 0, 0)",
    "32-clone3-falls-back": """
        import multiprocessing
        process = multiprocessing.get_context('fork').Process(target=print, args=('REACHED',))
        process.start()
        process.join()
        """,
    "34-kill-the-agent": "os.kill(w['agent'], 9)",
    "34-kill-the-agent-by-io-signal": """
        import fcntl
        reader, writer = os.pipe()
        fcntl.fcntl(reader, fcntl.F_SETOWN, w['agent'])
        fcntl.fcntl(reader, 10, 9)
        fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC)
        os.write(writer, b'x')
        import time; time.sleep(0.1)
        """,
    "34-stop-the-agent": "os.kill(w['agent'], 19); import time; time.sleep(0.05)",
    "35-kill-the-server": "os.kill(os.getppid(), 9); import time; time.sleep(1)",
    "36-signal-everybody": "os.kill(-1, 0); print('REACHED')",
    "37-ptrace": SYSCALL + "attempt(101 if is_x86 else 117, 0x4206, w['agent'], 0, 0)",
    "37-process-vm-readv": SYSCALL + "attempt(310 if is_x86 else 270, w['agent'], 0, 0, 0, 0, 0)",
    "37-pidfd": "os.pidfd_open(w['agent']); print('REACHED')",
    "38-prlimit": "import resource; resource.prlimit(w['agent'], resource.RLIMIT_NOFILE, (9, 9))",
    "38-nice": "os.setpriority(os.PRIO_PROCESS, w['agent'], 7)",
    "38-affinity": "os.sched_setaffinity(w['agent'], {min(os.sched_getaffinity(0))})",
    "40-unshare": SYSCALL + "attempt(272 if is_x86 else 97, 0x10000000)",
    "40-mount": SYSCALL + "attempt(165 if is_x86 else 40, 0, 0, 0, 0, 0)",
    "40-io-uring": SYSCALL + "attempt(425, 1, 0)",
    "40-memfd": "os.memfd_create('x'); print('REACHED')",
    "40-shared-memory": SYSCALL + "attempt(29 if is_x86 else 194, 0, 4096, 0o1600)",
    "40-bpf": SYSCALL + "attempt(321 if is_x86 else 280, 0, 0, 0)",
    "40-keyctl": SYSCALL + "attempt(250 if is_x86 else 219, 0, -3, 0)",
    "40-open-by-handle": SYSCALL + "attempt(304 if is_x86 else 265, -100, 0, 0)",
    "40-call-without-a-name-yet": SYSCALL + "attempt(470, -1, 0, 0, 0)",
    "41-raise-limits": """
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
        print('REACHED')
        """,
    "41-outlive-the-server": SYSCALL + "print('REACHED') if libc.prctl(1, 0, 0, 0, 0) == 0 else None",
    "43-subclasses": """
        import subprocess
        popen = next(c for c in object.__subclasses__() if c.__name__ == 'Popen')
        popen([w['home'] + '/script.sh']).wait()
        """,
    "44-import-by-name": "__import__('o' + 's').system(f'touch {w[\"home\"]}/ran')",
    "44-numpy-ctypeslib": """
        import numpy
        numpy.ctypeslib.ctypes.CDLL(None).system(f'touch {w["home"]}/ran'.encode())
        """,
    "45-ctypes-system": "import ctypes; ctypes.CDLL(None).system(f'touch {w[\"home\"]}/ran'.encode())",
    "47-solver-executable": """
        from pyomo.solvers.plugins.solvers.IPOPT import IPOPT
        solver = IPOPT()
        solver.set_executable(w['home'] + '/script.sh', validate=False)
        solver._get_version()
        """,
}

PROVES_NOTHING_WITHOUT = {
    "40-call-without-a-name-yet": "older kernels do not have the call, and answer as the jail does",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_jail_holds(assault, jail, attack):
    outcome, damage = assault(jail, ATTACKS[attack])
    assert not damage, outcome


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_attack_works_without_the_jail(assault, open_sandbox, attack):
    if attack in PROVES_NOTHING_WITHOUT:
        pytest.skip(PROVES_NOTHING_WITHOUT[attack])
    outcome, damage = assault(open_sandbox, ATTACKS[attack])
    assert damage, f"this attack proves nothing: {outcome}"


DAEMON = """
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            import time
            time.sleep(0.3)
            open(w['home'] + '/daemon', 'w').close()
        os._exit(0)
    """


def test_33_no_daemon_outlives_the_job(assault, jail, world):
    assault(jail, DAEMON)
    time.sleep(0.6)
    assert not (world.home / "daemon").exists()


def test_33_a_daemon_outlives_the_job_without_the_jail(assault, open_sandbox, world):
    assault(open_sandbox, DAEMON)
    time.sleep(0.6)
    assert (world.home / "daemon").exists()


def test_39_a_job_holds_no_descriptor_but_its_own_pipes(assault, jail):
    source = """
        import stat
        kinds = {}
        for descriptor in range(256):
            try:
                mode = os.fstat(descriptor).st_mode
            except OSError:
                continue
            kinds[descriptor] = 'pipe' if stat.S_ISFIFO(mode) else 'null' if descriptor == 0 else 'other'
        print(sorted(kinds.values()))
        """
    outcome, _ = assault(jail, source)
    assert outcome.stdout.strip() == "['null', 'pipe', 'pipe', 'pipe']", outcome


def test_42_no_terminal(assault, jail):
    _, damage = assault(jail, "open('/dev/tty', 'w').write('x'); print('REACHED')")
    assert not damage
