// Whether the process lives and can serve, its figures, its version, and its description.

extension Routes {
    static let health: [Route] = [
        Route(.get, "/healthz", told: { _ in .json { $0.field("status", "ok") } }),
        Route(
            .get, "/readyz",
            told: { edge in
                let ready = edge.isReady
                return .json(ready ? 200 : 503) { $0.field("status", ready ? "ready" : "notReady") }
            }),
        Route(.get, "/metrics", .open, .read) { call in
            let edge = call.edge
            let text = edge.metrics.text(
                inHand: edge.inHand, held: edge.supervision.heldRequests, ready: edge.isReady)
            return .text(200, "text/plain; version=0.0.4; charset=utf-8", text)
        },
        Route(.get, "/version", .open, .read) { _ in
            .json { json in
                json.field("name", "fenliu")
                json.field("version", Release.version)
                json.field("api", "v1")
            }
        },
        Route(.get, "/openapi.yaml", .open, .read) { _ in
            .text(200, "application/yaml; charset=utf-8", OpenAPIDocument.text)
        },
    ]
}

extension Edge {
    /// There are routers, the supervisor is there, and the process is not about to stop.
    var isReady: Bool { !stopping && supervision.isReady }
}
