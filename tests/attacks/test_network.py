"""Cases 19-28: reaching anything outside of the process."""

import socket

import pytest

pytestmark = pytest.mark.jail

ATTACKS = {
    "19-tcp": "import socket; socket.create_connection(('127.0.0.1', w['tcp']), 1)",
    "20-udp": """
        import socket
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', w['udp']))
        """,
    "21-ipv6": "import socket; socket.create_connection(('::1', w['tcp6']), 1)",
    "22-dns-query": """
        import socket
        query = bytes([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 6]) + b'secret' + bytes([0, 0, 1, 0, 1])
        channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        channel.connect(('127.0.0.1', w['udp']))
        channel.send(query)
        """,
    "23-path-unix-socket": "import socket; socket.socket(socket.AF_UNIX).connect(w['unix'])",
    "24-abstract-unix-socket": "import socket; socket.socket(socket.AF_UNIX).connect('\\0' + w['abstract'])",
    "25-listen": """
        import socket
        server = socket.socket()
        server.bind(('127.0.0.1', 0))
        server.listen()
        print('REACHED')
        """,
    "26-netlink": "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); print('REACHED')",
    "26-vsock": "import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM); print('REACHED')",
    "26-socket-pair": "import socket; socket.socketpair(); print('REACHED')",
    "27-urllib": """
        import urllib.request
        urllib.request.urlopen(f'http://127.0.0.1:{w["tcp"]}/', timeout=0.2)
        """,
    "28-pyomo-file-downloader": """
        import socket
        socket.setdefaulttimeout(0.2)
        from pyomo.common.download import FileDownloader
        downloader = FileDownloader()
        downloader._fname = w['home'] + '/downloaded'
        downloader.get_binary_file(f'http://127.0.0.1:{w["tcp"]}/')
        """,
}


def _has_vsock() -> bool:
    try:
        socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close()
    except (OSError, AttributeError):
        return False
    return True


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_jail_holds(assault, jail, attack):
    outcome, damage = assault(jail, ATTACKS[attack])
    assert not damage, outcome


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_attack_works_without_the_jail(assault, open_sandbox, attack):
    if attack == "26-vsock" and not _has_vsock():
        pytest.skip("this kernel has no vsock, and answers as the jail does")
    outcome, damage = assault(open_sandbox, ATTACKS[attack])
    assert damage, f"this attack proves nothing: {outcome}"
