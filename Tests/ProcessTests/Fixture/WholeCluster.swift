import Testing

/// Tests with whole clusters run one at a time: each wants both processors. Their suites are extensions of this one.
@Suite(.serialized, .timeLimit(.minutes(3))) enum WholeCluster {}
