/// Every route of the edge. Protocols/openapi.yaml describes each; a test holds the two together.
enum Routes {
    static let all: [Route] =
        health + cluster + shops + agents + groups + buyers + sessions + explanations + scores + streams
}
