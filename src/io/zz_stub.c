/* temporary */
long spdk_accel_append_copy(void); long spdk_accel_append_copy(void) { return 0; }
long spdk_accel_append_dif_generate_copy(void); long spdk_accel_append_dif_generate_copy(void) { return 0; }
long spdk_accel_append_dif_verify_copy(void); long spdk_accel_append_dif_verify_copy(void) { return 0; }
void spdk_accel_finish(void (*cb)(void *), void *a);void spdk_accel_finish(void (*cb)(void *), void *a){cb(a);}
long spdk_accel_get_io_channel(void); long spdk_accel_get_io_channel(void) { return 0; }
long spdk_accel_get_opc_module_name(void); long spdk_accel_get_opc_module_name(void) { return 0; }
long spdk_accel_initialize(void); long spdk_accel_initialize(void) { return 0; }
long spdk_accel_sequence_abort(void); long spdk_accel_sequence_abort(void) { return 0; }
long spdk_accel_sequence_finish(void); long spdk_accel_sequence_finish(void) { return 0; }
long spdk_accel_sequence_reverse(void); long spdk_accel_sequence_reverse(void) { return 0; }
long spdk_dif_ctx_init(void); long spdk_dif_ctx_init(void) { return 0; }
long spdk_dif_ctx_set_remapped_init_ref_tag(void); long spdk_dif_ctx_set_remapped_init_ref_tag(void) { return 0; }
long spdk_dif_generate(void); long spdk_dif_generate(void) { return 0; }
long spdk_dif_pi_format_get_size(void); long spdk_dif_pi_format_get_size(void) { return 0; }
long spdk_dif_remap_ref_tag(void); long spdk_dif_remap_ref_tag(void) { return 0; }
long spdk_dif_verify(void); long spdk_dif_verify(void) { return 0; }
long spdk_dix_generate(void); long spdk_dix_generate(void) { return 0; }
long spdk_dix_remap_ref_tag(void); long spdk_dix_remap_ref_tag(void) { return 0; }
long spdk_dix_verify(void); long spdk_dix_verify(void) { return 0; }
