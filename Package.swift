// swift-tools-version: 6.1
// Imports go one way, in the order of the targets below; Tests/ArchitectureTests keeps it.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    // Each read of an actor's field would be entered in a table at run time; debug builds, and so the tests, do that.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
    // Tests/ProcessTests/PlantedBugs; no release has it.
    .define("PLANTED_BUGS", .when(configuration: .debug)),
]

let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")

let package = Package(
    name: "fenliu",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "fenliu", targets: ["fenliu"]),
        .executable(name: "fenliu-router", targets: ["fenliu-router"]),
        .executable(name: "fenliu-ingress", targets: ["fenliu-ingress"]),
        .executable(name: "fenliu-scorer", targets: ["fenliu-scorer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", from: "0.2.0"),
    ],
    targets: [
        .target(name: "Domain", dependencies: [heap], swiftSettings: strict),
        .target(name: "Wire", dependencies: ["Domain"], swiftSettings: strict),
        .target(name: "Journal", dependencies: ["Domain", "Wire"], swiftSettings: strict),
        .target(name: "CCalls"),
        .target(
            name: "JournalSQLite",
            dependencies: ["CCalls", "Journal", grdb, .product(name: "GRDBSQLite", package: "GRDB.swift")],
            swiftSettings: strict),
        .target(
            name: "Transport", dependencies: ["CCalls", "Wire", nioCore, nioPosix, logging], swiftSettings: strict),
        .target(
            name: "Runtime", dependencies: ["CCalls", "Domain", "Wire", "Journal", heap, nioCore, nioPosix, logging],
            swiftSettings: strict),
        .target(
            name: "RouterService", dependencies: ["Runtime", "Transport", "JournalSQLite"], swiftSettings: strict),
        .target(name: "OpenAPIText"),
        .target(
            name: "IngressService",
            dependencies: [
                "OpenAPIText", "Domain", "Wire", "Journal", "Transport", "Runtime", "RouterService", nioCore, nioPosix,
                logging, .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .target(
            name: "ScorerService",
            dependencies: [
                "Domain", "Wire", "Journal", "JournalSQLite", "Transport", "Runtime", "RouterService", grdb, heap,
            ],
            swiftSettings: strict),
        .target(
            name: "ClusterKit",
            dependencies: [
                "Domain", "Wire", "Transport", "RouterService", "IngressService", nioCore, nioPosix, logging,
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "fenliu",
            dependencies: [
                "CCalls", "Domain", "Wire", "Journal", "JournalSQLite", "Transport", "IngressService",
                "ScorerService",
                "ClusterKit", arguments, deque, histogram, logging, nioCore, nioPosix,
            ],
            swiftSettings: strict),
        .target(name: "Launch", dependencies: ["Transport", arguments, logging], swiftSettings: strict),
        .executableTarget(
            name: "fenliu-router", dependencies: ["Launch", "RouterService", arguments], swiftSettings: strict),
        .executableTarget(
            name: "fenliu-ingress", dependencies: ["Launch", "IngressService", arguments], swiftSettings: strict),
        .executableTarget(
            name: "fenliu-scorer", dependencies: ["Launch", "ScorerService", arguments], swiftSettings: strict),

        .testTarget(name: "ArchitectureTests", swiftSettings: strict),
        .testTarget(
            name: "DomainTests", dependencies: ["Domain", "Wire"], exclude: ["Transcripts"], swiftSettings: strict),
        .testTarget(name: "WireTests", dependencies: ["Wire"], swiftSettings: strict),
        .target(
            name: "JournalConformance", dependencies: ["Wire", "Journal"], path: "Tests/JournalTests/Conformance",
            swiftSettings: strict),
        .testTarget(
            name: "JournalTests", dependencies: ["Journal"], exclude: ["Conformance"], swiftSettings: strict),
        .testTarget(
            name: "JournalSQLiteTests", dependencies: ["JournalSQLite", "JournalConformance", grdb],
            swiftSettings: strict),
        .testTarget(
            name: "TransportTests", dependencies: ["CCalls", "Transport", nioPosix, logging], swiftSettings: strict),
        .testTarget(
            name: "RuntimeTests", dependencies: ["Runtime", nioCore, nioPosix, logging], swiftSettings: strict),
        .testTarget(
            name: "IngressServiceTests",
            dependencies: [
                "IngressService", "Runtime", "Journal", nioCore, nioPosix, logging,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            swiftSettings: strict),
        .target(
            name: "ScoreOracle", dependencies: ["Domain"], path: "Tests/ScorerServiceTests/Oracle",
            swiftSettings: strict),
        .testTarget(
            name: "ScorerServiceTests", dependencies: ["ScorerService", "Journal", "ScoreOracle", nioPosix],
            exclude: ["Oracle"], swiftSettings: strict),
        .testTarget(name: "ClusterKitTests", dependencies: ["ClusterKit"], swiftSettings: strict),
        .testTarget(name: "PlayTests", dependencies: ["Domain", "ClusterKit"], swiftSettings: strict),
        .testTarget(
            name: "ProcessTests",
            dependencies: [
                "Domain", "Wire", "Journal", "JournalSQLite", "Transport", "ClusterKit", "ScoreOracle", "fenliu",
                "fenliu-router", "fenliu-ingress", "fenliu-scorer", logging, nioPosix,
            ],
            swiftSettings: strict),
    ]
)
