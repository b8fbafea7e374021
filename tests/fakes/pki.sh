#!/bin/sh
# SPDX-License-Identifier: MIT
# pki.sh DIR: the certificates of the fake tenant, new at every call; nothing outside DIR.
#   ca.pem                          what a client must trust
#   server.pem, server.key          localhost, eur.localhost, 127.0.0.1, signed by it
#   wronghost.pem, wronghost.key    signed by it, for another name
#   expired.pem, expired.key        signed by it, ended yesterday
#   other-ca.pem, other.pem, .key   right name, signed by a CA that nobody trusts
#   client.pem, client.key          the application's certificate (RSA 2048, 400 days)
#   client-soon.pem                 the same key, ends in 5 days
set -eu

if [ $# -ne 1 ]; then
    echo "usage: pki.sh DIR" >&2
    exit 2
fi
umask 077
mkdir -p "$1"
cd "$1"
names='DNS:localhost,DNS:eur.localhost,IP:127.0.0.1'

quietly() {
    if ! "$@" >pki.log 2>&1; then
        cat pki.log >&2
        exit 1
    fi
}

# authority NAME TITLE: NAME.pem and NAME.key
authority() {
    quietly openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout "$1.key" -out "$1.pem" -days 30 -subj "/CN=$2" \
        -addext basicConstraints=critical,CA:TRUE \
        -addext keyUsage=critical,keyCertSign,cRLSign
}

# server NAME CA SAN DAYS: NAME.pem and NAME.key, signed by CA
server() {
    quietly openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout "$1.key" -out "$1.csr" -subj "/CN=$1.test"
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' \
        "$3" >"$1.ext"
    quietly openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" \
        -set_serial "0x$(openssl rand -hex 8)" -out "$1.pem" -extfile "$1.ext" -days "$4"
    rm -f "$1.csr" "$1.ext"
}

# application NAME DAYS: NAME.pem for client.key, signed by itself as in Entra
application() {
    quietly openssl req -x509 -new -key client.key -out "$1.pem" -days "$2" \
        -subj '/CN=smtp-auth monitor'
}

authority ca 'fake tenant test CA'
authority other-ca 'some other CA'
server server ca "$names" 20
server wronghost ca 'DNS:elsewhere.example' 20
server expired ca "$names" -1
server other other-ca "$names" 20
quietly openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out client.key
application client 400
application client-soon 5
rm -f pki.log
chmod 644 ./*.pem
