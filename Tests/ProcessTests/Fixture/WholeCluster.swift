import Foundation
import Testing

/// `Deploy/check --long`.
let isLongRun = ProcessInfo.processInfo.environment["FENLIU_LONG"] == "1"

/// Tests with whole clusters run one at a time: each wants both processors. Their suites are extensions of this one.
@Suite(.serialized, .timeLimit(.minutes(isLongRun ? 30 : 3))) enum WholeCluster {}
