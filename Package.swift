// swift-tools-version: 6.1
// Imports go one way, in the order of the targets below; Tests/ArchitectureTests keeps it.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
    name: "fenliu",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "fenliu", targets: ["fenliu"]),
        .executable(name: "fenliu-router", targets: ["fenliu-router"]),
        .executable(name: "fenliu-ingress", targets: ["fenliu-ingress"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        .target(
            name: "Domain",
            dependencies: [.product(name: "HeapModule", package: "swift-collections")],
            swiftSettings: strict),
        .target(
            name: "Wire", dependencies: ["Domain"],
            swiftSettings: strict),
        .target(name: "Journal", dependencies: ["Domain", "Wire"], swiftSettings: strict),
        .target(
            name: "JournalSQLite",
            dependencies: ["Journal", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict),
        .target(
            name: "Transport",
            dependencies: [
                "Wire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "Runtime",
            dependencies: [
                "Domain", "Wire", "Journal",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "RouterService",
            dependencies: ["Runtime", "Transport", "JournalSQLite"],
            swiftSettings: strict),
        .target(
            name: "IngressService",
            dependencies: [
                "Domain", "Wire", "Journal", "Transport", "RouterService",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),
        .target(
            name: "ClusterKit",
            dependencies: [
                "Domain", "Wire", "Transport", "RouterService", "IngressService",
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "fenliu",
            dependencies: [
                "ClusterKit", "JournalSQLite",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "fenliu-router",
            dependencies: [
                "RouterService",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "fenliu-ingress",
            dependencies: [
                "IngressService",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
    ]
)
