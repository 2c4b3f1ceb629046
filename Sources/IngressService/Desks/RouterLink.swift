// One router as the pool sees it: bytes there, bytes back. `WireClient` is the real one; tests have their own.

import Wire

public protocol RouterLink: Sendable {
    /// Calls are sent in the order of submission. `completion` is called once, on any thread.
    func submit(
        _ payload: [UInt8], deadline: Duration,
        completion: @escaping @Sendable (Result<[UInt8], WireFault>) -> Void)

    /// Hands over the payloads of a stream until it ends, `deliver` throws, or the task is cancelled. At most `credit`
    /// bytes wait for the reader.
    func stream(
        _ payload: [UInt8], credit: Int, deliver: @escaping @Sendable ([UInt8]) async throws -> Void) async throws

    /// Takes no further call. Pending calls come to their end or fail, within a bound.
    func close() async
}
