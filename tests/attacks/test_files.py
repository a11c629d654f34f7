"""Cases 1-18 and 46-49: reading secrets and changing files."""

import ast
import os

import pytest

import solvers

pytestmark = pytest.mark.jail

ATTACKS = {
    "01-read-ssh-key": "print(open(w['key']).read())",
    "02-list-home": "print('REACHED', os.listdir(w['home']))",
    "04-environment-of-the-agent": "print(open(f'/proc/{w[\"agent\"]}/environ').read())",
    "05-every-environment": """
        import glob
        for path in glob.glob('/proc/[0-9]*/environ'):
            try:
                text = open(path).read()
            except OSError:
                continue
            if 'OPENAI_API_KEY=secret-' in text:
                print('REACHED')
        """,
    "06-memory-of-the-agent": """
        maps = open(f'/proc/{w["agent"]}/maps').read().splitlines()
        low, high = (int(x, 16) for x in next(l for l in maps if '[stack]' in l).split()[0].split('-'))
        with open(f'/proc/{w["agent"]}/mem', 'rb') as memory:
            memory.seek(low)
            print(memory.read(high - low).decode(errors='replace'))
        """,
    "07-proc-self-root": "print(open('/proc/self/root' + w['key']).read())",
    "07-proc-self-cwd": "print(open('/proc/self/cwd' + '/..' * 9 + w['key']).read())",
    "08-symlink-to-a-secret": "os.symlink(w['key'], 'link'); print(open('link').read())",
    "09-symlink-then-write": "os.symlink(w['victim'], 'link2'); open('link2', 'w').write('x')",
    "10-hard-link": "os.link(w['key'], w['home'] + '/hard')",
    "11-dot-dot": "print(open('../' * 9 + w['key']).read())",
    "12-rename": "os.rename(w['victim'], w['home'] + '/renamed')",
    "13-delete": "os.unlink(w['victim'])",
    "13-write": "open(w['victim'], 'a').write('x')",
    "13-truncate": "os.truncate(w['victim'], 0)",
    "13-chmod": "os.chmod(w['victim'], 0o777)",
    "13-utime": "os.utime(w['victim'], (0, 0))",
    "13-xattr": "os.setxattr(w['victim'], 'user.owned', b'1')",
    "13-create": "open(w['home'] + '/new', 'w').write('x')",
    "13-mkdir": "os.mkdir(w['home'] + '/folder')",
    "13-mkfifo": "os.mkfifo(w['home'] + '/fifo')",
    "15-write-into-the-installation": """
        import numpy
        path = os.path.join(os.path.dirname(os.path.dirname(numpy.__file__)), 'optwright-attack.tmp')
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT))
        os.unlink(path)
        print('REACHED')
        """,
    "16-overwrite-the-source": """
        import solvers
        os.close(os.open(solvers.__file__, os.O_WRONLY | os.O_APPEND))
        print('REACHED')
        """,
    "16-read-beside-the-source": """
        import solvers
        print('REACHED', os.listdir(os.path.dirname(os.path.dirname(solvers.__file__)))[:3])
        """,
    "18-shared-memory-folder": "open(w['shm'], 'w').write('x')",
    "18-temporary-folder": "open(w['temporary'], 'w').write('x')",
    "46-pickle": """
        import pickle
        class Evil:
            def __reduce__(self):
                return (open, (w['victim'], 'w'))
        pickle.loads(pickle.dumps(Evil())).close()
        """,
    "48-model-write": """
        import pyomo.environ as pyo
        model = pyo.ConcreteModel()
        model.x = pyo.Var(bounds=(0, 1))
        model.o = pyo.Objective(expr=model.x)
        model.write(w['home'] + '/model.lp')
        """,
    "49-data-portal": """
        import pyomo.environ as pyo
        portal = pyo.DataPortal()
        portal.load(filename=w['home'] + '/secret.json')
        print(portal.data())
        """,
    "50-patch-the-worker": """
        import solvers.sandbox.worker as worker
        worker._answer = None
        print(open(w['key']).read())
        """,
}

NEEDS_A_WRITABLE_INSTALLATION = ("15-write-into-the-installation", "16-overwrite-the-source")

STAT = {
    "14-stat": "print('REACHED', os.stat(w['key']).st_size)",
    "14-access": "print('REACHED') if os.access(w['key'], os.F_OK) else None",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_jail_holds(assault, jail, attack):
    outcome, damage = assault(jail, ATTACKS[attack])
    assert not damage, outcome


@pytest.mark.parametrize("attack", ATTACKS | STAT)
def test_the_attack_works_without_the_jail(assault, open_sandbox, attack):
    if attack in NEEDS_A_WRITABLE_INSTALLATION and not os.access(solvers.__file__, os.W_OK):
        pytest.skip("this user may not write into the installation anyhow")
    outcome, damage = assault(open_sandbox, (ATTACKS | STAT)[attack])
    assert damage, f"this attack proves nothing: {outcome}"


@pytest.mark.parametrize("attack", STAT)
def test_only_tier_a_hides_that_a_path_exists(assault, jail, attack):
    _, damage = assault(jail, STAT[attack])
    assert bool(damage) == (jail.tier != "A")


def test_03_no_key_in_the_jobs_own_environment(assault, jail, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "REACHED")
    outcome, damage = assault(jail, "print(sorted(os.environ))")
    assert not damage
    names = set(ast.literal_eval(outcome.stdout))
    assert names <= {"JE_ARROW_MALLOC_CONF", "LC_ALL", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PWD"}


def test_preloaded_libraries_can_still_be_read(assault, jail):
    outcome, _ = assault(jail, "import sqlite3, wave; print(len(open(wave.__file__).read()) > 100)")
    assert outcome.stdout.strip() == "True", outcome
