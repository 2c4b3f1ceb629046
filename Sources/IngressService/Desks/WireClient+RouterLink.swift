import Transport
import Wire

extension WireClient: RouterLink {
    public func stream(
        _ payload: [UInt8], credit: Int, deliver: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        for try await item in stream(payload, credit: credit) { try await deliver(item) }
    }
}
