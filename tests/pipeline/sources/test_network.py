# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sources reach beyond this machine and its own network."""

import pytest

from mimic.pipeline.sources import needs_internet


@pytest.mark.parametrize(
    "spec",
    [
        "0",
        "FaceTime HD Camera",
        "performer.mp4",
        "http.mp4",
        "http://127.0.0.1:8080/video",
        "http://127.9.9.9/",
        "http://localhost:8080/video",
        "HTTP://LocalHost/",
        "http://camera.localhost/",
        "http://[::1]:8080/",
        "rtsp://user:secret@192.168.0.12:554/live",
        "rtsps://10.0.0.3/live",
        "rtmp://172.16.0.1/app",
        "rtmp://172.31.255.254/app",
        "http://169.254.10.2/",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1]/",
        "http://[fd12:3456::7]/",
        "http://[fc00::7]/",
        "http://[::ffff:192.168.1.2]/",
        "http://raspberrypi.local:8000/stream.mjpg",
        "http://RASPBERRYPI.LOCAL./",
        "udp://:5000",
        "udp://@:5000",
        "tcp://0.0.0.0:5000?listen",
    ],
)
def test_source_of_this_machine_or_its_own_network_needs_no_internet(spec):
    assert not needs_internet(spec)


@pytest.mark.parametrize(
    "spec",
    [
        "http://example.com/video",
        "https://93.184.216.34/",
        "rtsp://172.32.0.1/live",
        "rtsp://172.15.0.1/live",
        "http://192.169.0.1/",
        "http://11.0.0.1/",
        "http://[2001:db8::1]/",
        "http://[::ffff:8.8.8.8]/",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "http://notlocal/",
        "http://mylocal.example/",
        "http://127.0.0.1@example.com/",
        "http://2130706433/",
        "http://[::1",
    ],
)
def test_source_beyond_the_own_network_or_of_an_unclear_address_needs_the_internet(spec):
    assert needs_internet(spec)
