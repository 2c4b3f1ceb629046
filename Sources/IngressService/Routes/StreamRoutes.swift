extension Routes {
    static let streams: [Route] = [
        Route(.get, "/v1/shops/{shop}/stream", .members, .read, parameters: ["after"]) { call in
            try await ShopStream(call).reply
        }
    ]
}
