package bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.camunda.bpm.engine.ProcessEngine;
import org.camunda.bpm.engine.RuntimeService;
import org.camunda.bpm.engine.impl.cfg.StandaloneProcessEngineConfiguration;

/** Every report starts an instance, or is correlated to the one about the same people; one engine transaction each. */
public final class Main {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args) throws Exception {
        int threads = Integer.parseInt(args[0]);
        ProcessEngine engine = open(threads);
        engine.getRepositoryService().createDeployment().addClasspathResource("report.bpmn").deploy();
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try (KafkaConsumer<String, byte[]> consumer = consumer()) {
            consumer.subscribe(List.of(System.getenv("LIANDONG_NAMESPACE") + "intake.events"));
            while (consumer.assignment().isEmpty()) {
                handle(consumer, engine, pool);
            }
            System.out.println("ready");
            while (true) {
                handle(consumer, engine, pool);
            }
        }
    }

    private static ProcessEngine open(int threads) {
        HikariConfig source = new HikariConfig();
        source.setJdbcUrl(System.getenv("BENCH_JDBC"));
        source.setUsername(System.getenv("BENCH_USER"));
        source.setPassword(System.getenv("BENCH_PASSWORD"));
        source.setMaximumPoolSize(threads + 4);
        StandaloneProcessEngineConfiguration configuration = new StandaloneProcessEngineConfiguration();
        configuration.setDataSource(new HikariDataSource(source));
        configuration.setDatabaseSchemaUpdate("true");
        configuration.setHistory("audit");
        configuration.setJobExecutorActivate(true);
        configuration.setMetricsEnabled(false);
        return configuration.buildProcessEngine();
    }

    private static KafkaConsumer<String, byte[]> consumer() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", System.getenv("LIANDONG_KAFKA_BOOTSTRAP"));
        settings.put("group.id", System.getenv("LIANDONG_NAMESPACE") + "casework");
        settings.put("enable.auto.commit", "false");
        settings.put("auto.offset.reset", "earliest");
        return new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
    }

    /** The records of a partition one after another, partitions beside each other; offsets when all are committed. */
    private static void handle(KafkaConsumer<String, byte[]> consumer, ProcessEngine engine, ExecutorService pool)
            throws Exception {
        var polled = consumer.poll(Duration.ofMillis(100));
        List<Future<?>> working = new ArrayList<>();
        for (var partition : polled.partitions()) {
            working.add(pool.submit(() -> {
                for (ConsumerRecord<String, byte[]> record : polled.records(partition)) {
                    report(engine.getRuntimeService(), JSON.readTree(record.value()), record);
                }
                return null;
            }));
        }
        for (Future<?> each : working) {
            each.get();
        }
        if (!working.isEmpty()) {
            consumer.commitSync();
        }
    }

    private static void report(RuntimeService runtime, JsonNode report, ConsumerRecord<String, byte[]> record) {
        StringBuilder people = new StringBuilder();
        report.get("subjects").forEach(subject -> people.append('|').append(subject.get("token").asText()));
        var known = runtime.createMessageCorrelation("again").processInstanceBusinessKey(people.toString());
        if (!known.correlateAllWithResult().isEmpty()) {
            return;
        }
        Instant now = Instant.now();
        Map<String, Object> fields = new HashMap<>();
        fields.put("report", new String(record.value(), java.nio.charset.StandardCharsets.UTF_8));
        fields.put("unit", "police-station@" + report.get("region").asText());
        fields.put("reporter", report.at("/reporter/unit").asText("none"));
        fields.put("notice", report.at("/reporter/wants_feedback").asBoolean(false));
        fields.put("due", Date.from(now.plus(Duration.ofHours(72))));
        fields.put("warned", Date.from(now.plus(Duration.ofHours(24))));
        runtime.startProcessInstanceByKey("report", people.toString(), fields);
    }
}
