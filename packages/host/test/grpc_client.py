"""A gRPC client in another language: sends the request bytes of stdin (hex) to HOST:PORT, prints the reply in hex."""

import sys

import grpc

target, method = sys.argv[1:3]
request = bytes.fromhex(sys.stdin.read().strip())
with grpc.insecure_channel(target) as channel:
    call = channel.unary_unary(method, request_serializer=lambda b: b, response_deserializer=lambda b: b)
    try:
        print(call(request, timeout=10).hex())
    except grpc.RpcError as error:
        print(error.code().name, error.details())
        sys.exit(1)
