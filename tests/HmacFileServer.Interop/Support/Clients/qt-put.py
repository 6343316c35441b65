"""Uploads by Qt's QNetworkAccessManager as QXmpp (Kaidan) and Psi+ make them, without a Content-Type: qt-put.py CA FILE PUT GET

Prints the status of the PUT, then that of a GET and the SHA-256 of what came.
"""

import hashlib
import sys

from PyQt5.QtCore import QCoreApplication, QFile, QIODevice, QTimer, QUrl
from PyQt5.QtNetwork import (
    QNetworkAccessManager, QNetworkRequest, QSslCertificate, QSslConfiguration)

authority, path, put, get = sys.argv[1:]
application = QCoreApplication([])
QTimer.singleShot(60_000, lambda: sys.exit("no answer"))
manager = QNetworkAccessManager()
tls = QSslConfiguration.defaultConfiguration()
tls.setCaCertificates(QSslCertificate.fromPath(authority))


def request(url):
    made = QNetworkRequest(QUrl.fromEncoded(url.encode()))
    made.setSslConfiguration(tls)
    return made


def answer(reply):
    reply.finished.connect(application.quit)
    application.exec_()
    status = reply.attribute(QNetworkRequest.HttpStatusCodeAttribute)
    return status if status is not None else f"failed: {reply.errorString()}"


file = QFile(path)
file.open(QIODevice.ReadOnly)
sent = manager.put(request(put), file)
print(answer(sent))
received = manager.get(request(get))
print(answer(received), hashlib.sha256(bytes(received.readAll())).hexdigest())
