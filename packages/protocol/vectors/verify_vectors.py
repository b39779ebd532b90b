#!/usr/bin/env python3
"""Checks the frozen vectors without any code of Countersign: its own protobuf reader, Merkle tree and GF(32).

Needs python3-cryptography or python3-nacl. Exit codes: 0 all hold, 1 one does not, 77 no Ed25519 module."""
import hashlib, hmac, json, os, sys

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    def ed25519(key, message, sig):
        try: Ed25519PublicKey.from_public_bytes(key).verify(sig, message); return True
        except InvalidSignature: return False
except ImportError:
    try:
        from nacl.exceptions import BadSignatureError
        from nacl.signing import VerifyKey
    except ImportError:
        sys.exit(77)
    def ed25519(key, message, sig):
        try: VerifyKey(key).verify(message, sig); return True
        except BadSignatureError: return False

HERE = os.path.dirname(os.path.abspath(__file__))
TYPE = "application/vnd.countersign.%s.v1"
load = lambda name: json.load(open(os.path.join(HERE, name)))
unhex = bytes.fromhex
sha = lambda data: hashlib.sha256(data).digest()
checks = 0

def check(what, holds):
    global checks
    checks += 1
    if not holds: sys.exit("vector does not hold: " + what)

def pae(kind, body):
    kind = kind.encode("ascii")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)

def read(data):
    """A protobuf message as {field number: [values]}; values are int or bytes."""
    fields, at = {}, 0
    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]; at += 1
            value |= (byte & 127) << shift; shift += 7
            if byte < 128: return value
    while at < len(data):
        tag = varint()
        if tag & 7 == 0: value = varint()
        elif tag & 7 == 2:
            size = varint(); value = data[at:at + size]; at += size
            assert len(value) == size
        else: raise ValueError("wire type %d" % (tag & 7))
        fields.setdefault(tag >> 3, []).append(value)
    return fields

one = lambda message, field: message.get(field, [0])[-1]
def packed(message, field):
    numbers = []
    for value in message.get(field, []):
        if isinstance(value, int): numbers.append(value); continue
        number = shift = 0
        for byte in value:
            number |= (byte & 127) << shift; shift += 7
            if byte < 128: numbers.append(number); number = shift = 0
    return numbers

key_id = lambda alg, key: sha(pae(TYPE % "key", bytes([alg]) + key))[:8]

def signed_payload(kind, document, keys, threshold):
    """The payload, once enough distinct trusted keys signed exactly these bytes under this type."""
    message = read(document)
    check(kind + " type", one(message, 1) == (TYPE % kind).encode())
    good = set()
    for signature in map(read, message[3]):
        key = keys.get(one(signature, 1))
        if key is None: continue
        check(kind + " signature", ed25519(key, pae(TYPE % kind, one(message, 2)), one(signature, 2)))
        good.add(one(signature, 1))
    check(kind + " threshold", len(good) >= threshold)
    payload = read(one(message, 2))
    check(kind + " format", one(payload, 1) == 1 and not packed(payload, 2))
    return one(message, 2), payload, good

leaf_hash = lambda kind, payload: sha(b"\0" + pae(kind, payload))
def tree_root(hashes):
    if len(hashes) == 1: return hashes[0]
    split = 1
    while split * 2 < len(hashes): split *= 2
    return sha(b"\1" + tree_root(hashes[:split]) + tree_root(hashes[split:]))

def included(leaf, index, size, path, root):
    if not index < size or len(path) % 32: return False
    first, last, value = index, size - 1, leaf
    for at in range(0, len(path), 32):
        sibling = path[at:at + 32]
        if last == 0: return False
        if first & 1 or first == last:
            value = sha(b"\1" + sibling + value)
            while first and not first & 1: first >>= 1; last >>= 1
        else: value = sha(b"\1" + value + sibling)
        first >>= 1; last >>= 1
    return last == 0 and value == root

def primitives():
    vectors = load("primitives.json")
    for v in vectors["keyIds"]: check("key id " + v["label"], key_id(v["algorithm"], unhex(v["publicKey"])).hex() == v["keyId"])
    for v in vectors["pae"]: check("pae " + v["type"], pae(v["type"], unhex(v["body"])).hex() == v["pae"])
    for v in vectors["leaseIds"]:
        body = unhex(v["cmid"]) + v["productId"].to_bytes(4, "big") + v["seq"].to_bytes(8, "big")
        mac = hmac.new(unhex(v["lineageKey"]), pae(TYPE % "lineage", body), hashlib.sha256).digest()
        check("lease id", mac[:16].hex() == v["leaseId"])
    v = vectors["requestId"]
    check("request id", sha(unhex(v["nonce"]))[:8].hex() == v["requestId"])
    for v in load("statements.json"):
        check("leaf of " + v["type"], leaf_hash(v["type"], unhex(v["payload"])).hex() == v["leafHash"])
        check("format of " + v["type"], one(read(unhex(v["payload"])), 1) == 1)

def merkle():
    for tree in load("merkle.json"):
        size, root = tree["size"], unhex(tree["root"])
        hashes = [leaf_hash(leaf["type"], unhex(leaf["payload"])) for leaf in tree["leaves"]]
        check("leaf hashes of %d" % size, [h.hex() for h in hashes] == [leaf["leafHash"] for leaf in tree["leaves"]])
        check("root of %d" % size, tree_root(hashes) == root)
        for i, leaf in enumerate(tree["leaves"]):
            path = unhex(leaf["path"])
            check("proof %d of %d" % (i, size), included(hashes[i], i, size, path, root))
            check("proof moved", not any(included(hashes[i], j, size, path, root) for j in range(size) if j != i))
            check("proof lengthened", not included(hashes[i], i, size, path + bytes(32), root))

def key_table(messages, alg_field, key_field):
    return {key_id(one(k, alg_field), one(k, key_field)): one(k, key_field) for k in messages}

def trust(bundle):
    """(publisher id, issuing keys by usage, policies, revocation list) from a TrustBundle."""
    bundle, keys, threshold, publisher = read(bundle), None, 0, None
    for document in bundle[2]:
        claimed = read(one(read(document), 2))
        new = key_table(map(read, claimed[5]), 1, 2)
        if keys is not None: signed_payload("root-set", document, keys, threshold)
        payload, root, _ = signed_payload("root-set", document, new, one(claimed, 4))
        publisher = publisher or sha(payload)[:16]
        keys, threshold = new, one(root, 4)
    _, manifest, _ = signed_payload("key-manifest", one(bundle, 3), keys, threshold)
    check("manifest's publisher", one(manifest, 4) == publisher)
    issuers = [read(k) for k in manifest[5]]
    for k in issuers: check("issuing key id", key_id(one(k, 2), one(k, 3)) == one(k, 1))
    usage = lambda u: {one(k, 1): k for k in issuers if u in packed(k, 4) and one(k, 8) != 3}
    def issued(kind, document, u, issued_field):
        table = usage(u)
        _, value, good = signed_payload(kind, document, {i: one(k, 3) for i, k in table.items()}, 1)
        for i in good: check(kind + " window", one(table[i], 5) <= one(value, issued_field) <= one(table[i], 6))
        return value, [table[i] for i in good]
    policies = [issued("product-policy", d, 3, 8)[0] for d in bundle[4]]
    revoked = issued("revocation-list", one(bundle, 5), 4, 5)[0]
    return publisher, issued, policies, revoked

def chain():
    v = load("chain.json")
    publisher, issued, policies, revoked = trust(unhex(v["trustBundle"]))
    check("publisher id", publisher.hex() == v["publisherId"])
    claimed = read(one(read(unhex(v["activationRequest"])), 2))
    alg, key = one(claimed, 4), one(claimed, 5)
    _, request, _ = signed_payload("activation-request", unhex(v["activationRequest"]), {key_id(alg, key): key}, 1)
    body = bytes([alg]) + key + sha(one(request, 3))
    commitment = sha(pae(TYPE % "subject", body))
    check("subject commitment", commitment.hex() == v["subjectCommitment"])
    nonce = one(read(one(request, 3)), 3)
    secret = hashlib.scrypt(v["productKey"].replace("-", "").encode(), salt=nonce, n=2**15, r=8, p=1, maxmem=2**26, dklen=32)
    check("key proof", hmac.new(secret, pae(TYPE % "key-proof", body), hashlib.sha256).digest() == one(request, 6))

    response = read(unhex(v["activateResponse"]))
    proof, sent = read(one(response, 3)), read(one(response, 4))
    certificate, issuers = issued("host-cert", one(sent, 1), 1, 15)
    cert_payload = one(read(one(sent, 1)), 2)
    check("certificate names its issuer", [one(k, 1) for k in issuers] == [one(certificate, 4)])
    check("certificate ends before its issuer", one(certificate, 14) <= one(issuers[0], 7))
    check("certificate in force", one(certificate, 13) <= v["nowMs"] <= one(certificate, 14))
    check("certificate's publisher", one(certificate, 22) == publisher)
    check("key group", v["asked"]["keyGroup"] in packed(certificate, 10))
    check("not revoked", not any(one(e, 2) in (one(certificate, 3), one(certificate, 9)) for e in map(read, revoked[7])))
    recomputed = sha(pae(TYPE % "subject", bytes([one(certificate, 7)]) + one(sent, 2) + one(sent, 3)))
    check("certificate's commitment", recomputed == one(certificate, 8) == commitment)

    head_payload = one(proof, 1)
    check("head signature", ed25519(one(sent, 2), pae(TYPE % "batch-head", head_payload), one(proof, 2)))
    head = read(head_payload)
    check("head's certificate", one(head, 9) == sha(pae(TYPE % "host-cert", cert_payload)))
    check("head's host", one(head, 7) == one(certificate, 9))
    leaf = leaf_hash(TYPE % "lease", one(response, 2))
    check("inclusion", included(leaf, one(proof, 4), one(head, 5), one(proof, 5), one(head, 4)))
    lease, asked = read(one(response, 2)), v["asked"]
    for field, name in ((4, "cmid"), (5, "fingerprint"), (6, "nonce")): check("lease " + name, one(lease, field).hex() == asked[name])
    check("lease product", one(lease, 7) == asked["productId"] and one(lease, 8) == asked["keyGroup"])
    product = next(p for policy in policies for p in map(read, policy[7]) if one(p, 1) == asked["productId"])
    check("validity", one(lease, 11) <= min(one(certificate, 16), one(product, 10)))
    check("count", one(lease, 16) >= one(product, 9))

def times(a, b):
    product = 0
    while b:
        if b & 1: product ^= a
        a <<= 1; b >>= 1
        if a & 32: a ^= 0b100101
    return product

def product_keys():
    v = load("product-keys.json")
    publisher, alphabet = unhex(v["publisherId"]), "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    mask = int.from_bytes(sha(pae(TYPE % "product-key-mask", publisher)), "big") >> 236
    check("mask", mask == v["mask"] != 0)
    for key in v["keys"]:
        word = [alphabet.index(c) for c in key["text"].replace("-", "")]
        bits = 0
        for symbol in word[:21]: bits = bits << 5 | symbol
        for i in range(4): word[21 + i] ^= mask >> 5 * (3 - i) & 31
        root = 1
        for _ in range(4):
            root, total = times(root, 2), 0
            for symbol in word: total = times(total, root) ^ symbol
            check("check symbols of " + key["text"], total == 0)
        kind = ["setup", "host", "mak"].index(key["kind"])
        header = (bits >> 40 << 7).to_bytes(9, "big")
        check("format and kind", bits >> 100 == 4 | kind and header.hex() == key["header"])
        check("group and kid", bits >> 80 & 0xFFFFF == key["group"] and (bits >> 40 & 2**40 - 1) == int(key["kid"], 16))
        if kind == 0: tag = sha(pae(TYPE % "setup-key-tag", header + publisher))
        else: tag = hmac.new(unhex(v["epochKey"]), pae(TYPE % "product-key-tag", header), hashlib.sha256).digest()
        check("tag", tag[:5].hex() == key["tag"] == "%010x" % (bits & 2**40 - 1))

primitives(); merkle(); chain(); product_keys()
print("%d checks hold" % checks)
