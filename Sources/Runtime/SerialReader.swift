// One read connection shared by the reading threads, one call at a time.

import Journal
import Synchronization

final class SerialReader: Sendable {
    private let reader: any ShardReader
    private let turn = Mutex(())

    init(_ reader: any ShardReader) { self.reader = reader }

    func serially<T: Sendable>(
        _ body: (any ShardReader) throws(StoreFault) -> T
    ) -> Result<T, StoreFault> {
        turn.withLock { _ in
            Result { () throws(StoreFault) in try body(reader) }
        }
    }
}
